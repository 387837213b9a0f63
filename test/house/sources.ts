/** Reads the source files of the repository and their import lines. */
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Import {
  /** Path from the root of the repository, or the name of a package. */
  readonly target: string;
  /** The line that imports. */
  readonly line: number;
  /** Whether only types are imported, which leaves nothing at run time. */
  readonly typeOnly: boolean;
  /** Whether it is an `export ... from`. */
  readonly exported: boolean;
}

export interface SourceFile {
  /** Path from the root of the repository, with slashes. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly Import[];
}

const STATEMENT =
  /^[ \t]*(import|export)\s+(type\s+)?(?:([\w$*{][^;"'`]*?)\s*from\s*)?["']([^"'\n]+)["']/gm;
const DYNAMIC = /\bimport\(\s*["']([^"'\n]+)["']\s*\)(\s*\.\s*[A-Z]|\s*\)?\s*\[)?/g;

/** Every TypeScript and WGSL file below these folders; a folder that is missing has none. */
export function readSources(...folders: string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    list(folder).map((path) => {
      const text = readFileSync(join(ROOT, path), "utf8");
      return { path, text, imports: path.endsWith(".ts") ? importsOf(path, text) : [] };
    }),
  );
}

/** The imports of a TypeScript file, static and dynamic. */
export function importsOf(path: string, text: string): Import[] {
  const lineAt = (index: number) => text.slice(0, index).split("\n").length;
  const found: Import[] = [];
  for (const match of text.matchAll(STATEMENT)) {
    const [, keyword, type, names, specifier] = match;
    const typeOnly = type !== undefined || (names !== undefined && onlyTypes(names));
    const line = lineAt(match.index);
    found.push({
      target: resolve(path, specifier),
      line,
      typeOnly,
      exported: keyword === "export",
    });
  }
  for (const match of text.matchAll(DYNAMIC)) {
    const typeOnly = match[2] !== undefined;
    const target = resolve(path, match[1]);
    found.push({ target, line: lineAt(match.index), typeOnly, exported: false });
  }
  return found;
}

/** `{ type A, type B }` */
function onlyTypes(names: string): boolean {
  const parts = /^\{(.*)\}$/s.exec(names.trim())?.[1]?.split(",") ?? [];
  const named = parts.map((part) => part.trim()).filter(Boolean);
  return named.length > 0 && named.every((part) => part.startsWith("type "));
}

function resolve(from: string, specifier: string): string {
  const bare = specifier.replace(/\?.*$/, "");
  return bare.startsWith(".") ? posix.normalize(posix.join(dirname(from), bare)) : bare;
}

function list(folder: string): string[] {
  let files: string[];
  try {
    files = readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" });
  } catch {
    return [];
  }
  return files
    .map((file) => `${folder}/${file.replaceAll("\\", "/")}`)
    .filter((file) => /\.(ts|wgsl)$/.test(file) && !file.includes("node_modules/"))
    .filter((file) => !file.startsWith("bench/peers/"))
    .sort();
}
