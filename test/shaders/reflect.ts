/** Reads linked WGSL with wgsl_reflect. */
import type * as Library from "wgsl_reflect";

// The package's main file is CommonJS under an ESM name: Node can load only the other one.
const file = "wgsl_reflect/wgsl_reflect.module.js";
const { WgslReflect } = (await import(/* @vite-ignore */ file)) as typeof Library;

export type Reflection = InstanceType<typeof WgslReflect>;

/** @throws Error where the parser cannot follow. */
export function reflect(code: string): Reflection {
  // The parser takes a statement that begins with `block[` for something else.
  return new WgslReflect(code.replace(/\bblock\b/g, "block_"));
}
