/** Tables of kernels that were chosen by measurement: how they are written, and what is wrong with one. */
import type { Choices } from "./compiler/variants.ts";
import type { AnyVariant } from "./compiler/variants/family.ts";
import type { AdapterDescription } from "./gpu/device.ts";
import { FormatError } from "./graph/errors.ts";
import type { Precision } from "./shaders/elements.ts";
import { VERSION } from "./version.ts";

const FORMAT = "lightfuse-tuning";

/** What was measured at one kind of place. */
export interface TimedSite {
  /** Operator, shapes and attributes: the key in `choices`. */
  readonly site: string;
  /** The nodes there. */
  readonly nodes: readonly string[];
  /** Median milliseconds of one such place; the first is what is taken where nothing was tuned. */
  readonly times: readonly { readonly variant: AnyVariant; readonly ms: number }[];
}

/** JSON can hold it. */
export interface KernelTuning {
  readonly format: typeof FORMAT;
  /** Of the package: other versions have other kernels. */
  readonly version: string;
  /** By `adapterKey`. */
  readonly adapter: string;
  readonly precision: Precision;
  /** The fastest variant of each site that was timed. */
  readonly choices: Choices;
  readonly sites: readonly TimedSite[];
}

/**
 * Tables of `tune`, or where they are. One is used where it was measured on such an adapter, by this
 * version of the package, in the same precision; true stands for what was kept on this machine.
 */
export type TuningSource = true | string | URL | KernelTuning | readonly KernelTuning[];

/** How a model's kernels are chosen. */
export interface KernelOptions {
  /** Kernels that `tune` has chosen by measurement: a table, its address, or true for what it kept. */
  readonly tuning?: TuningSource;
  /**
   * Measures the device for a few milliseconds, once, to choose kernels by what it is good at: by
   * default on adapters that do not compute on the processor.
   */
  readonly probe?: boolean;
}

/** What tells adapters apart whose kernels are timed apart. */
export function adapterKey({
  vendor,
  architecture,
  description,
  features,
}: AdapterDescription): string {
  const subgroups = features.includes("subgroups") ? [] : ["without subgroups"];
  const named = [vendor, architecture, description, ...subgroups].filter(Boolean);
  return named.join(" ") || "unnamed adapter";
}

export function emptyTuning(adapter: AdapterDescription, precision: Precision): KernelTuning {
  return {
    format: FORMAT,
    version: VERSION,
    adapter: adapterKey(adapter),
    precision,
    choices: {},
    sites: [],
  };
}

/** Why a table says nothing of an adapter, this version of the package, or a precision; null where it does. */
export function whyUnused(
  tuning: Pick<KernelTuning, "version" | "adapter" | "precision">,
  adapter: AdapterDescription,
  precision: Precision,
): string | null {
  const here = emptyTuning(adapter, precision);
  const unlike = (["version", "adapter", "precision"] as const).find(
    (name) => tuning[name] !== here[name],
  );
  return unlike ? `it is for ${unlike} "${tuning[unlike]}", this is "${here[unlike]}"` : null;
}

/** The table in a file. @param where its name, for errors @throws FormatError */
export function parseTuning(bytes: Uint8Array, where: string): KernelTuning {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new FormatError(`tuning "${where}": no JSON: ${(error as Error).message}`);
  }
  return checkTuning(value, where);
}

type Fields = Readonly<Record<string, unknown>>;

/** @throws FormatError that says which part of a table is not as expected */
export function checkTuning(value: unknown, where: string): KernelTuning {
  const fail = (what: string, found: unknown, expected: string): never => {
    const text = found === undefined ? "missing" : shorten(JSON.stringify(found));
    throw new FormatError(`tuning "${where}": ${what} is ${text}, expected ${expected}`);
  };
  if (!isRecord(value)) return fail("the table", value, "an object");
  if (value.format !== FORMAT) fail('"format"', value.format, `"${FORMAT}"`);
  for (const name of ["version", "adapter"]) {
    if (typeof value[name] !== "string") fail(`"${name}"`, value[name], "a string");
  }
  const { precision, choices, sites } = value;
  if (precision !== "f32" && precision !== "f16") fail('"precision"', precision, '"f32" or "f16"');
  if (!isRecord(choices)) return fail('"choices"', choices, "an object");
  for (const [site, variant] of Object.entries(choices)) {
    if (!isVariant(variant)) fail(`the choice for ${shorten(site)}`, variant, VARIANT);
  }
  if (!Array.isArray(sites)) return fail('"sites"', sites, "an array");
  sites.forEach((site, i) => {
    if (!isTimedSite(site)) fail(`site ${i}`, site, "{ site, nodes, times: [{ variant, ms }] }");
  });
  return value as unknown as KernelTuning;
}

const VARIANT = "an object of a kernel's name, numbers and booleans";

function isRecord(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isVariant(value: unknown): boolean {
  if (!isRecord(value) || typeof value.kernel !== "string") return false;
  return Object.entries(value).every(
    ([name, field]) =>
      name === "kernel" || typeof field === "boolean" || Number.isSafeInteger(field),
  );
}

function isTimedSite(value: unknown): boolean {
  if (!isRecord(value) || typeof value.site !== "string") return false;
  const { nodes, times } = value;
  if (!Array.isArray(nodes) || !nodes.every((name) => typeof name === "string")) return false;
  return (
    Array.isArray(times) &&
    times.every(
      (time) => isRecord(time) && isVariant(time.variant) && Number.isFinite(time.ms as number),
    )
  );
}

const MOST_SHOWN = 80;

function shorten(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}...` : text;
}
