/** Reads files by URL, with progress and abort; in Node also by path. */
import { FormatError } from "../graph/errors.ts";

export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** Bytes so far, and in all (0 when the server does not say). */
  readonly onProgress?: (done: number, total: number) => void;
}

const isNode = (): boolean =>
  !("document" in globalThis) &&
  (globalThis as { process?: { versions?: { node?: string } } }).process?.versions?.node !==
    undefined;

const isOnDisk = (address: string): boolean => isNode() && !/^(https?|data|blob):/.test(address);

/** Whether a path that a model file gives stays in the model's folder. */
export function isBeside(path: string): boolean {
  return /^[^/\\:][^\\:]*$/.test(path) && !path.split("/").includes("..");
}

/**
 * The files that a model file names by their paths from its folder, read together; `onProgress`
 * counts them in one.
 * @throws FormatError when one cannot be read
 */
export function readBeside(
  model: string | URL,
  paths: readonly string[],
  { signal, onProgress }: ReadOptions,
): Promise<Uint8Array[]> {
  const address = String(model);
  const folder = address.slice(0, address.replace(/[?#].*$/, "").search(/[^/\\]*$/));
  // In a URL a name may hold what separates its parts, or two dots that are written otherwise.
  const isPath = isOnDisk(address) && !address.startsWith("file:");
  const named = (path: string) => path.split("/").map(encodeURIComponent).join("/");
  const progress = paths.map(() => [0, 0]);
  return Promise.all(
    paths.map((path, i) => {
      const report = (...now: [number, number]) => {
        progress[i] = now;
        const [done, total] = [0, 1].map((k) => progress.reduce((sum, file) => sum + file[k], 0));
        onProgress?.(done, progress.every(([, size]) => size > 0) ? total : 0);
      };
      const options = { signal, onProgress: onProgress && report };
      return readBytes(folder + (isPath ? path : named(path)), options);
    }),
  );
}

/**
 * The bytes behind a URL; in Node a path or file: URL is read from disk.
 * @throws FormatError when the server answers with an error, or there is no such file.
 */
export async function readBytes(
  source: string | URL,
  options: ReadOptions = {},
): Promise<Uint8Array> {
  options.signal?.throwIfAborted();
  const text = String(source);
  if (isOnDisk(text)) return readFromDisk(source);
  let response: Response;
  try {
    response = await fetch(text, { signal: options.signal ?? null });
  } catch (error) {
    options.signal?.throwIfAborted();
    throw new FormatError(
      `cannot fetch "${text}": ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  if (!response.ok) {
    throw new FormatError(
      `cannot fetch "${text}": the server answered ${response.status} ${response.statusText}`.trim(),
    );
  }
  return readBody(response, options);
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

async function readBody(response: Response, { onProgress }: ReadOptions): Promise<Uint8Array> {
  // A compressed body is longer than Content-Length says.
  const isPlain = response.headers.get("content-encoding") === null;
  const total = isPlain ? Number(response.headers.get("content-length") ?? 0) : 0;
  if (!onProgress || !response.body) return new Uint8Array(await response.arrayBuffer());
  const chunks: Uint8Array[] = [];
  let done = 0;
  const reader = response.body.getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    chunks.push(chunk.value);
    done += chunk.value.length;
    onProgress(done, total);
  }
  const bytes = new Uint8Array(done);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return bytes;
}
