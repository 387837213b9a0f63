/** The contract of a kernel: what its `.wgsl` file declares, and how a spec configures a dispatch. */

export type ParamType = "u32" | "i32" | "f32";

/** The fields of a uniform struct, in order; every field is one 4-byte scalar. */
export type ParamFields = readonly (readonly [name: string, type: ParamType])[];

/**
 * What group 0 binds, in the order of the binding numbers. `params` is the kernel's uniform struct,
 * `arena` holds all activations, `weights` all constants, `image` is a sampled 2-D texture.
 */
export type Binding = "params" | "arena" | "weights" | "image";

export const COMPUTE_BINDINGS: readonly Binding[] = ["params", "arena", "weights"];

/** What the choice and the configuration of kernels may depend on. */
export interface DeviceTraits {
  /** `subgroups` is available and every subgroup has at least 4 invocations. */
  readonly subgroups: boolean;
  /** The adapter runs on the CPU: loads are dear, barriers dearer, and lanes are few. */
  readonly software: boolean;
  /** A GPU that shares the processor's memory: it has fewer lanes to fill than one with its own. */
  readonly integrated?: boolean;
  /** What a probe measured on the device; absent where none ran. */
  readonly costs?: DeviceCosts;
  readonly maxWorkgroupsPerDimension: number;
  readonly maxInvocationsPerWorkgroup: number;
}

/** Nanoseconds, divided by how many invocations of many run side by side. */
export interface DeviceCosts {
  /** A product and a sum of vec4s. */
  readonly fma: number;
  /** A 4 x 4 block of weights that every invocation loads itself, from a cache. */
  readonly load: number;
  /** One that a subgroup loads once; null where there are no subgroups. */
  readonly broadcast: number | null;
  /** A barrier of a workgroup of 64. */
  readonly barrier: number;
  /** A dispatch of one workgroup, after another: this is not divided. */
  readonly dispatch: number;
}

export type Workgroups = readonly [x: number, y: number, z: number];

/** One dispatch of a kernel, down to its numbers. */
export interface Configuration {
  /** Values for WGSL `override`s. */
  readonly overrides?: Readonly<Record<string, number>>;
  /** Values for `const`s, which `link` replaces in the text. */
  readonly consts?: Readonly<Record<string, number | boolean>>;
  /** Files to import in the place of others, such as a subgroup variant. */
  readonly imports?: Readonly<Record<string, string>>;
  /** A value for every field of the uniform struct. */
  readonly params: Readonly<Record<string, number>>;
  readonly workgroups: Workgroups;
}

export interface Kernel<Spec> {
  /** Path below `src/shaders`, without `.wgsl`. */
  readonly name: string;
  /** The text of the file. */
  readonly source: string;
  /** Texts of files that it imports and that are not in the library, by name. */
  readonly files?: Readonly<Record<string, string>>;
  readonly bindings: readonly Binding[];
  readonly params: ParamFields;
  /** Names of `override`s in the file and its imports. */
  readonly overrides: readonly string[];
  /** Names of `const`s that `link` may replace. */
  readonly consts: readonly string[];
  /** Functions of the form `fn slot(value: vec4f, place: Place) -> vec4f` into which stages go. */
  readonly slots: readonly string[];
  /** It calls `hold_x` before it loads the first pixel of a quad of x: stages may keep what they read. */
  readonly holds?: boolean;
  /**
   * Each element of y is stored once, by the invocation that applies `store_y` to it, and no other
   * applies it: what a stage there reads at the place of the element may lie where y does.
   */
  readonly storesOnce?: boolean;
  /** So may x: the element of x at the same place is all that is read of it. */
  readonly isElementwise?: boolean;
  configure(spec: Spec, device: DeviceTraits): Configuration;
}

/**
 * A stage: a `stage/*.wgsl` file that changes a quad on its way from or to memory. Its uniform
 * struct, if it has one, is bound in group 1.
 */
export interface Stage {
  /** Path below `src/shaders`, without `.wgsl`. */
  readonly name: string;
  /** Texts of files that are not in the library, by name. */
  readonly files?: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, number>>;
  readonly consts?: Readonly<Record<string, number | boolean>>;
  /** The fields of its uniform struct; absent when it has none. */
  readonly params?: ParamFields;
  readonly values?: Readonly<Record<string, number>>;
  /** Files to include in the place of others. */
  readonly includes?: Readonly<Record<string, string>>;
  /** Stages in slots of its own, in the order in which they are applied. */
  readonly slots?: Readonly<Record<string, readonly Stage[]>>;
}

/** The bytes of a uniform struct of scalars. */
export function packParams(
  fields: ParamFields,
  values: Readonly<Record<string, number>>,
): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(Math.max(16, fields.length * 4)));
  fields.forEach(([name, type], index) => {
    const value = values[name] ?? 0;
    if (type === "f32") view.setFloat32(index * 4, value, true);
    else if (type === "i32") view.setInt32(index * 4, value, true);
    else view.setUint32(index * 4, value, true);
  });
  return view.buffer;
}
