/**
 * Makes one WGSL module of a kernel, the files that it imports and the stages in its slots. The
 * only place where WGSL text is put together. Directives are comments, so that every file is plain
 * WGSL as it stands:
 *
 *   //#import shared/memory   adds another file to the module, once
 *   //#include stage/operand  the text of another file, here: each use has a copy of its own
 *   //#slot store_y           the identity function on the next line is replaced by the stages; a stage
 *                             may have slots too
 *   //#hold load_x            the function on the next line calls what the stages in the slot read once a quad
 *   //#unroll                 the `for` on the next line is written out, its counter a literal
 *   //#unroll QUADS           the same, so many times; where that const is 0 the loop stays a loop
 */
import { ShaderError } from "../graph/errors.ts";
import type { Configuration, Kernel, Stage } from "./kernel.ts";
import { LIBRARY } from "./library.ts";

export interface LinkOptions extends Partial<Pick<Configuration, "consts" | "imports">> {
  /** Texts of files that are neither the kernel's nor in the library, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** What the uniform structs of imported files hold, by name: they are bound in group 1 like those of stages. */
  readonly uniforms?: Readonly<Record<string, Required<Pick<Stage, "params" | "values">>>>;
  /** Stages by slot, in the order in which they are applied. */
  readonly stages?: Readonly<Record<string, readonly Stage[]>>;
}

/** What the linker asks of a kernel. */
export type KernelText = Pick<Kernel<never>, "name" | "source" | "files">;

export interface LinkedShader {
  readonly code: string;
  /** Stage overrides under the names that they have in `code`. */
  readonly overrides: Readonly<Record<string, number>>;
  /** The stages that have a uniform struct, in the order of their bindings in group 1. */
  readonly uniforms: readonly Stage[];
}

/** @throws ShaderError when a file, slot or const is not there. */
export function link({ name, source, files }: KernelText, options: LinkOptions = {}): LinkedShader {
  return new Linker(options, { ...files, ...options.files, [name]: source }).link(name);
}

class Linker {
  private readonly parts: string[] = [];
  private readonly included = new Set<string>();
  private readonly enables = new Set<string>();
  private readonly overrides: Record<string, number> = {};
  private readonly uniforms: Stage[] = [];
  private readonly unusedConsts: Set<string>;
  private stageCount = 0;
  /** Functions of stages that are to be called once a quad. */
  private readonly holds: string[] = [];

  constructor(
    private readonly options: LinkOptions,
    private readonly files: Record<string, string>,
  ) {
    this.unusedConsts = new Set(Object.keys(options.consts ?? {}));
  }

  link(kernel: string): LinkedShader {
    const text = this.fillAll(kernel, this.resolve(kernel), this.options.stages);
    this.add(kernel, this.fillHold(kernel, text));
    if (this.unusedConsts.size > 0) {
      throw new ShaderError(
        `${kernel}.wgsl: there is no const ${[...this.unusedConsts].join(", ")} to replace`,
      );
    }
    const enables = [...this.enables].map((line) => `${line}\n`).join("");
    const code = enables + this.parts.join("\n");
    return { code, overrides: this.overrides, uniforms: this.uniforms };
  }

  /** The text of a file with its imports added before it and its directives carried out. */
  private resolve(
    name: string,
    consts = this.options.consts,
    includes: Stage["includes"] = {},
  ): string {
    const source = this.read(name).replace(/^\/\/#include (\S+)$/gm, (_, file: string) =>
      this.read(includes[file] ?? file),
    );
    const { text, imports, enables, replaced } = resolveFile(source, consts ?? {}, name);
    for (const imported of imports) this.include(this.options.imports?.[imported] ?? imported);
    for (const line of enables) this.enables.add(line);
    for (const constant of replaced) this.unusedConsts.delete(constant);
    return text;
  }

  private read(name: string): string {
    const source = this.files[name] ?? LIBRARY[name];
    if (source === undefined) throw new ShaderError(`there is no shader file "${name}.wgsl"`);
    return source;
  }

  private include(name: string): void {
    if (this.included.has(name)) return;
    this.included.add(name);
    const uniform = this.options.uniforms?.[name];
    const text = this.resolve(name);
    this.add(name, uniform ? this.bind(text, { name, ...uniform }) : text);
  }

  private add(name: string, text: string): void {
    this.parts.push(`// ---- ${name}.wgsl\n${text}\n`);
  }

  private fillAll(name: string, text: string, slots: Stage["slots"] = {}): string {
    return Object.entries(slots).reduce(
      (filled, [slot, stages]) =>
        stages.length > 0 ? this.fill(name, filled, slot, stages) : filled,
      text,
    );
  }

  /** Replaces the slot's identity function by the composition of the stages. */
  private fill(kernel: string, text: string, slot: string, stages: readonly Stage[]): string {
    const pattern = new RegExp(`//#slot ${slot}\\nfn ${slot}\\([^}]*\\}`);
    if (!pattern.test(text)) throw new ShaderError(`${kernel}.wgsl has no slot "${slot}"`);
    const composed = stages.reduce(
      (value, stage) => `${this.addStage(stage)}(${value}, place)`,
      "value",
    );
    const signature = `fn ${slot}(value: vec4f, place: Place) -> vec4f`;
    return text.replace(pattern, `${signature} {\n  return ${composed};\n}`);
  }

  /** Gives a uniform struct the next binding of group 1. */
  private bind(text: string, stage: Stage): string {
    const binding = this.uniforms.length;
    this.uniforms.push(stage);
    return text.replace("@group(1) @binding(0)", `@group(1) @binding(${binding})`);
  }

  /** Has the kernel call what stages read once a quad. */
  private fillHold(kernel: string, text: string): string {
    if (this.holds.length === 0) return text;
    const pattern = /\/\/#hold load_x\nfn hold_x\(place: Place\) \{\}/;
    if (!pattern.test(text)) throw new ShaderError(`${kernel}.wgsl holds no operands`);
    const calls = this.holds.map((name) => `  ${name}(place);\n`).join("");
    return text.replace(pattern, `fn hold_x(place: Place) {\n${calls}}`);
  }

  /** Adds one use of a stage under names of its own; returns the name of its function. */
  private addStage(stage: Stage): string {
    const suffix = `_${this.stageCount++}`;
    Object.assign(this.files, stage.files);
    const resolved = this.resolve(stage.name, stage.consts, stage.includes);
    let text = this.fillAll(stage.name, resolved, stage.slots);
    text = rename(text, topLevelNames(text), (name) => name + suffix);
    for (const [name, value] of Object.entries(stage.overrides ?? {})) {
      this.overrides[name + suffix] = value;
    }
    if (text.includes(`fn hold${suffix}(`)) this.holds.push(`hold${suffix}`);
    this.add(stage.name, stage.params ? this.bind(text, stage) : text);
    return `stage${suffix}`;
  }
}

/** Names that a file declares at module scope. */
export function topLevelNames(text: string): string[] {
  const declaration = /^(?:@[^\n]*?\) )*(?:fn|struct|const|override|alias|var(?:<[^>]*>)?) (\w+)/gm;
  return [...text.matchAll(declaration)].map(([, name]) => name);
}

/** Replaces names wherever they stand for something: comments keep their words. */
function rename(text: string, names: readonly string[], to: (name: string) => string): string {
  const pattern = new RegExp(`//.*|\\b(?:${names.join("|")})\\b`, "g");
  return text.replace(pattern, (word) => (word.startsWith("//") ? word : to(word)));
}

function literal(value: number | boolean): string {
  return typeof value === "boolean" ? String(value) : `${value}u`;
}

const LOOP =
  /^([ ]*)\/\/#unroll(?: (\w+))?\n([ ]*for \(var (\w+) = 0u; \4 < ([^;]+); \4\+\+\) \{\n([\s\S]*?)^\1\}\n)/m;

type Consts = Readonly<Record<string, number | boolean>>;

/** A file without its imports and enables, with its consts replaced and its loops written out. */
interface ResolvedFile {
  readonly text: string;
  readonly imports: readonly string[];
  readonly enables: readonly string[];
  /** The consts that it has. */
  readonly replaced: readonly string[];
}

/** By source and consts: a network has few kernels, and many layers. */
const resolvedFiles = new Map<string, Map<string, ResolvedFile>>();
const MOST_SOURCES = 500;

function resolveFile(source: string, consts: Consts, name: string): ResolvedFile {
  let variants = resolvedFiles.get(source);
  if (!variants) {
    if (resolvedFiles.size >= MOST_SOURCES) resolvedFiles.clear();
    resolvedFiles.set(source, (variants = new Map<string, ResolvedFile>()));
  }
  const key = JSON.stringify(consts);
  let file = variants.get(key);
  if (!file) variants.set(key, (file = carryOut(source, consts, name)));
  return file;
}

function carryOut(source: string, consts: Consts, name: string): ResolvedFile {
  const [imports, enables, replaced]: string[][] = [[], [], []];
  const text = source
    .replace(/^\/\/#import (\S+)$/gm, (_, imported: string) => {
      imports.push(imported);
      return "";
    })
    .replace(/^enable .*;$/gm, (line) => {
      enables.push(line);
      return "";
    })
    .replace(/^const (\w+)(:[^=]*)? = [^;]*;/gm, (line, constant: string, type = "") => {
      if (!Object.hasOwn(consts, constant)) return line;
      replaced.push(constant);
      return `const ${constant}${type} = ${literal(consts[constant])};`;
    });
  const whole = writeOut(text, consts, name).trim();
  return { text: whole.replace(/\n{3,}/g, "\n\n"), imports, enables, replaced };
}

/** Writes out the marked loops, outer ones first; a loop's end is the brace at its own indentation. */
function writeOut(source: string, consts: Consts, file: string): string {
  let text = source;
  for (let match = LOOP.exec(text); match; match = LOOP.exec(text)) {
    const [whole, indent, times, loop, counter, limit, body] = match;
    const count = evaluateLimit(times ?? limit, text, consts, file);
    if (times && count === 0) {
      text = text.replace(whole, () => loop);
      continue;
    }
    const copies = Array.from({ length: count }, (_, i) => {
      const copy = rename(body, [counter], () => `${i}u`);
      return `${indent}{\n${copy}${indent}}\n`;
    });
    text = text.replace(whole, () => copies.join(""));
  }
  return text;
}

/** A loop's limit: a number, a const of the file, or a product of such. */
function evaluateLimit(limit: string, text: string, consts: Consts, file: string): number {
  return limit.split("*").reduce((product, factor) => {
    const name = factor.trim();
    const given = consts[name] ?? new RegExp(`^const ${name}[^=]*= (\\d+)u?;`, "m").exec(text)?.[1];
    const value = Number(given ?? name.replace(/u$/, ""));
    if (!Number.isInteger(value)) {
      throw new ShaderError(
        `${file}.wgsl: cannot unroll a loop up to "${limit}", expected consts or numbers`,
      );
    }
    return product * value;
  }, 1);
}
