/** Reads files by URL, with progress and abort; in Node also by path. */
import { FormatError } from "../graph/errors.ts";
import { download } from "./download.ts";
import type { DownloadOptions } from "./download.ts";

export interface ReadOptions extends DownloadOptions {
  /**
   * Keeps downloads in the browser's Cache API, under this name or under "lightfuse": the next load
   * needs no network. A new file needs a new address.
   */
  readonly cache?: boolean | string;
  /** Called when a file has come. */
  readonly onRead?: () => void;
}

const isNode = (): boolean =>
  !("document" in globalThis) &&
  (globalThis as { process?: { versions?: { node?: string } } }).process?.versions?.node !==
    undefined;

/** Whether an address is a path, or a file: URL, in Node. */
export const isOnDisk = (address: string): boolean =>
  isNode() && !/^(https?|data|blob):/.test(address);

/** Whether a path that a model file gives stays in the model's folder. */
export function isBeside(path: string): boolean {
  return /^[^/\\:][^\\:]*$/.test(path) && !path.split("/").includes("..");
}

/**
 * The bytes behind a URL; in Node a path or file: URL is read from disk.
 * @throws FormatError when the server answers with an error, the connection breaks, or there is no
 *   such file
 */
export async function readBytes(
  source: string | URL,
  options: ReadOptions = {},
): Promise<Uint8Array> {
  options.signal?.throwIfAborted();
  const bytes = await (isOnDisk(String(source)) ? readFromDisk(source) : fetched(source, options));
  options.onRead?.();
  return bytes;
}

async function fetched(source: string | URL, options: ReadOptions): Promise<Uint8Array> {
  const text = String(source);
  const { cache } = options;
  if (!cache || !("caches" in globalThis)) return download(text, options);
  const { cached } = await import("./cache.ts");
  const name = cache === true ? "lightfuse" : cache;
  return cached(text, name, () => download(text, options));
}

async function readFromDisk(source: string | URL): Promise<Uint8Array> {
  // A variable, so that bundlers of pages leave Node's module alone.
  const name = "node:fs/promises";
  const { readFile } = (await import(/* @vite-ignore */ name)) as {
    readFile: (path: string | URL) => Promise<Uint8Array>;
  };
  try {
    const isUrl = source instanceof URL || source.startsWith("file:");
    return await readFile(isUrl ? new URL(source) : source);
  } catch (error) {
    const { code } = error as { code?: string };
    const cause = code === "ENOENT" ? "no such file" : String(code ?? error);
    throw new FormatError(`cannot read "${String(source)}": ${cause}`);
  }
}
