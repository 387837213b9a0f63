/** Chooses kernels by tables of measurements, and by what a probe says of the device. */
import type { LowerTable } from "./compiler/lower/lower.ts";
import { withChoices } from "./compiler/variants.ts";
import type { Choices } from "./compiler/variants.ts";
import { readBytes } from "./formats/fetch.ts";
import type { Device } from "./gpu/device.ts";
import { probeDevice } from "./gpu/probe.ts";
import type { Precision } from "./shaders/elements.ts";
import { recallTuning } from "./tuning-store.ts";
import { checkTuning, parseTuning, whyUnused } from "./tuning-table.ts";
import type { KernelOptions, KernelTuning, TuningSource } from "./tuning-table.ts";

/** The table, with kernels chosen for the device. @throws FormatError when a table is not one */
export async function chooseKernels(
  table: LowerTable,
  device: Device,
  { tuning, probe, precision = "f32" }: KernelOptions & { readonly precision?: Precision },
): Promise<LowerTable> {
  if (probe ?? !device.traits.software) await probeDevice(device);
  const choices = tuning === undefined ? {} : await choicesOf(tuning, device, precision);
  return withChoices(table, choices);
}

async function choicesOf(
  source: TuningSource,
  device: Device,
  precision: Precision,
): Promise<Choices> {
  const tables = await tablesOf(source, device, precision);
  return Object.assign({}, ...tables.map(({ choices }) => choices)) as Choices;
}

/** The tables that are used on a device; later ones go before. @throws FormatError when one is no table */
export async function tablesOf(
  source: TuningSource,
  { adapter }: Device,
  precision: Precision,
): Promise<readonly KernelTuning[]> {
  const tables = await readTables(source, () => recallTuning(adapter, precision));
  return tables.filter((tuning) => whyUnused(tuning, adapter, precision) === null);
}

async function readTables(
  source: TuningSource,
  recall: () => Promise<KernelTuning | null>,
): Promise<readonly KernelTuning[]> {
  if (source === true) {
    const kept = await recall();
    return kept ? [kept] : [];
  }
  if (typeof source === "string" || source instanceof URL) {
    return [parseTuning(await readBytes(source), String(source))];
  }
  const tables: readonly unknown[] = Array.isArray(source) ? source : [source];
  return tables.map((value, i) => checkTuning(value, tables.length > 1 ? `table ${i}` : "given"));
}
