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
  if (isNode() && !/^(https?|data|blob):/.test(text)) return readFromDisk(source);
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
