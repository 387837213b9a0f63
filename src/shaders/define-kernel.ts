/** Kernels from outside of the package: their contracts are compared with their text. */
import { ShaderError } from "../graph/errors.ts";
import { readShader } from "./declarations.ts";
import type { Declarations } from "./declarations.ts";
import { COMPUTE_BINDINGS } from "./kernel.ts";
import type { Binding, Configuration, DeviceTraits, Kernel, ParamFields } from "./kernel.ts";
import { link } from "./link.ts";

/** A contract, with what most kernels have left out. */
export interface KernelDefinition<Spec> {
  /** Shown by plans and errors; with a slash in it, such as `mine/conv-pool`. */
  readonly name: string;
  /** The text of the `.wgsl` file. */
  readonly source: string;
  /** By default `params`, `arena` and `weights`. */
  readonly bindings?: readonly Binding[];
  /** The fields of `struct Params`, in order. */
  readonly params: ParamFields;
  /** Every `override` of the file and its imports. */
  readonly overrides?: readonly string[];
  /** The `const`s of the file that `configure` replaces: tiles. */
  readonly consts?: readonly string[];
  /** Every `//#slot` of the file. */
  readonly slots?: readonly string[];
  /** Texts of files of one's own that it imports, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** The numbers of one dispatch. Offsets of tensors are known when it is called. */
  readonly configure: (spec: Spec, device: DeviceTraits) => Configuration;
}

/**
 * A kernel from a `.wgsl` file and its contract.
 *
 * @throws ShaderError where the two differ, or an imported file is not there; later, when a
 *   dispatch is configured, where `configure` gives what the contract does not have
 */
export function defineKernel<Spec>(definition: KernelDefinition<Spec>): Kernel<Spec> {
  const { name, params } = definition;
  const source = withoutReturns(definition.source);
  const files = Object.fromEntries(
    Object.entries(definition.files ?? {}).map(([file, text]) => [file, withoutReturns(text)]),
  );
  const { bindings = COMPUTE_BINDINGS, overrides = [], consts = [], slots = [] } = definition;
  if (!/^[\w.-]+(\/[\w.-]+)+$/.test(name)) {
    throw new ShaderError(`kernel "${name}": expected a name of the form "mine/conv-pool"`);
  }
  const kernel = { name, source, files, bindings, params, overrides, consts, slots };
  const linked = link(kernel);
  compare(kernel, readShader(source), readShader(linked.code));
  return {
    ...kernel,
    configure(spec, device) {
      const configuration = definition.configure(spec, device);
      checkConfiguration(kernel, configuration);
      return configuration;
    },
  };
}

/** Directives end with their line, which some editors end with two characters. */
function withoutReturns(text: string): string {
  return text.replaceAll("\r\n", "\n");
}

type Contract = Omit<Kernel<never>, "configure">;

/** `own` is what the file declares, `linked` what it declares together with its imports. */
function compare(kernel: Contract, own: Declarations, linked: Declarations): void {
  const { name, bindings, params, overrides, consts, slots } = kernel;
  if (!linked.hasMain) {
    throw new ShaderError(`${name}.wgsl: there is no "@compute" function "main"`);
  }
  const format = (fields: ParamFields) => fields.map(([field, type]) => `${field}: ${type}`);
  differ(name, "fields of struct Params", format(params), format(linked.params));
  differ(name, "overrides", [...overrides].sort(), [...linked.overrides].sort());
  differ(name, "slots", [...slots].sort(), [...own.slots].sort());
  const missing = consts.find((constant) => !own.consts.includes(constant));
  if (missing !== undefined) {
    throw new ShaderError(
      `${name}.wgsl: the contract has the const "${missing}", the file has ${list(own.consts)}`,
    );
  }
  for (const slot of slots) {
    const signature = `fn ${slot}(value: vec4f, place: Place) -> vec4f`;
    if (!kernel.source.includes(`//#slot ${slot}\n${signature} {`)) {
      throw new ShaderError(
        `${name}.wgsl: expected "${signature}" on the line after "//#slot ${slot}"`,
      );
    }
  }
  const bound = bindings.map((binding, index) => `${index}: ${binding}`);
  differ(name, "bindings of group 0", bound, [...linked.bindings].sort(), MEMORY_ADVICE);
}

const MEMORY_ADVICE = '; "//#import shared/memory" declares arena and weights';

function differ(
  name: string,
  what: string,
  contract: readonly string[],
  text: readonly string[],
  advice = "",
): void {
  if (contract.join() === text.join()) return;
  throw new ShaderError(
    `${name}.wgsl: the contract has the ${what} ${list(contract)}, the file ${list(text)}${advice}`,
  );
}

function list(names: readonly string[]): string {
  return names.length > 0 ? names.join(", ") : "none";
}

function checkConfiguration(kernel: Contract, configuration: Configuration): void {
  const { name, params, overrides, consts } = kernel;
  const fields = params.map(([field]) => field);
  const given: [what: string, values: object, known: readonly string[]][] = [
    ["field", configuration.params, fields],
    ["override", configuration.overrides ?? {}, overrides],
    ["const", configuration.consts ?? {}, consts],
  ];
  for (const [what, values, known] of given) {
    const extra = Object.keys(values).find((key) => !known.includes(key));
    if (extra === undefined) continue;
    throw new ShaderError(
      `${name}: configure gives the ${what} "${extra}", the contract has ${list(known)}`,
    );
  }
  for (const [field, type] of params) checkField(name, field, type, configuration.params[field]);
  const isCount = (count: number): boolean => Number.isInteger(count) && count > 0;
  const { workgroups } = configuration;
  if (workgroups.length !== 3 || !workgroups.every(isCount)) {
    throw new ShaderError(
      `${name}: configure gives [${workgroups.join(", ")}] workgroups, expected 3 positive integers`,
    );
  }
}

/** The ranges of integer types. */
const RANGES = { u32: [0, 2 ** 32 - 1], i32: [-(2 ** 31), 2 ** 31 - 1] } as const;

function checkField(
  kernel: string,
  field: string,
  type: ParamFields[number][1],
  value: number | undefined,
): void {
  const [least, most] = type === "f32" ? [-Infinity, Infinity] : RANGES[type];
  const isRight =
    value !== undefined &&
    Number.isFinite(value) &&
    (type === "f32" || Number.isInteger(value)) &&
    value >= least &&
    value <= most;
  if (isRight) return;
  throw new ShaderError(
    `${kernel}: configure gives ${value} for the field "${field}", expected a number of type ${type}`,
  );
}
