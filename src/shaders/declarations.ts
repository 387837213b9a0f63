/** What a WGSL text declares, as far as contracts name it. */
import type { ParamFields, ParamType } from "./kernel.ts";

export interface Declarations {
  /** The fields of `struct Params`; empty where there is none. */
  readonly params: ParamFields;
  readonly overrides: readonly string[];
  readonly consts: readonly string[];
  readonly slots: readonly string[];
  /** `1: arena`, for each variable of group 0. */
  readonly bindings: readonly string[];
  readonly hasMain: boolean;
}

/** Reads declarations as this package writes them: each on lines of its own, at module scope. */
export function readShader(text: string): Declarations {
  const slots = names(text, /^\/\/#slot (\w+)$/gm);
  const code = text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/\/\/.*$/gm, "");
  const struct = /^struct Params\s*\{([^}]*)\}/m.exec(code)?.[1] ?? "";
  const fields = [...struct.matchAll(/(\w+)\s*:\s*([\w<>]+)/g)];
  const variable = /@group\(0\)\s*@binding\((\d+)\)\s*var(?:<[^>]*>)?\s+(\w+)/g;
  return {
    params: fields.map(([, name, type]) => [name, type as ParamType]),
    overrides: names(code, /^(?:@id\(\d+\)\s*)?override\s+(\w+)/gm),
    consts: names(code, /^const\s+(\w+)/gm),
    slots,
    bindings: [...code.matchAll(variable)].map(([, index, name]) => `${index}: ${name}`),
    hasMain: /@compute\b[^{}]*\bfn\s+main\s*\(/.test(code),
  };
}

function names(text: string, pattern: RegExp): string[] {
  return [...text.matchAll(pattern)].map(([, name]) => name);
}
