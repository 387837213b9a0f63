/** Downloads a file, with progress and abort, and goes on where a connection broke. */
import { FormatError } from "../graph/errors.ts";

export interface DownloadOptions {
  readonly signal?: AbortSignal;
  /** Bytes so far, and in all (0 when the server does not say). */
  readonly onProgress?: (done: number, total: number) => void;
}

/** How often a broken connection is taken up again, and the pause before the first time. */
const ATTEMPTS = 4;
const PAUSE_MS = 250;

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

/**
 * The bytes behind an address. When the connection breaks, the rest is asked for; a server that
 * knows no ranges, or has another file by then, sends all of it again.
 * @throws FormatError when the server answers with an error, or the connection breaks again and again
 */
export async function download(
  address: string,
  { signal, onProgress }: DownloadOptions,
): Promise<Uint8Array> {
  const file = new PartialFile();
  const where = `cannot fetch "${address}"`;
  for (let attempt = 1; ; attempt++) {
    try {
      const response = await fetch(address, { signal: signal ?? null, headers: file.rest });
      if (!response.ok) {
        const { status, statusText } = response;
        throw new FormatError(`${where}: the server answered ${status} ${statusText}`.trim());
      }
      await file.take(response, onProgress);
      return file.bytes();
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof FormatError) throw error;
      if (!file.began) throw new FormatError(`${where}: ${messageOf(error)}`);
      if (attempt === ATTEMPTS) {
        const size = file.total > 0 ? `${file.done} of ${file.total}` : file.done;
        throw new FormatError(`${where}: the connection broke after ${size} bytes`);
      }
    }
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * 2 ** (attempt - 1)));
    signal?.throwIfAborted();
  }
}

/** What has come of a file. */
class PartialFile {
  private chunks: Uint8Array[] = [];
  /** What tells one version of the file from the next, as far as a page may see it. */
  private version = "";
  began = false;
  done = 0;
  total = 0;

  /** Headers that ask for what is missing. Offsets count bytes that are not compressed. */
  get rest(): Record<string, string> {
    return this.done > 0 ? { Range: `bytes=${this.done}-`, "Accept-Encoding": "identity" } : {};
  }

  async take(
    { status, headers, body }: Response,
    report: DownloadOptions["onProgress"],
  ): Promise<void> {
    this.began = true;
    const version = [headers.get("etag"), headers.get("last-modified")].join();
    const range = /^bytes (\d+)-\d*\/(\d+)/.exec(headers.get("content-range") ?? "");
    const continues =
      status === 206 && version === this.version && (!range || Number(range[1]) === this.done);
    if (status === 206 && !continues) {
      this.chunks = [];
      this.done = 0;
      throw new Error("the file has changed");
    }
    if (!continues) {
      this.chunks = [];
      this.done = 0;
      this.version = version;
      // A compressed body is longer than Content-Length says.
      const isPlain = headers.get("content-encoding") === null;
      this.total = isPlain ? Number(headers.get("content-length") ?? 0) : 0;
    }
    const reader = body?.getReader();
    for (let chunk = await reader?.read(); chunk && !chunk.done; chunk = await reader?.read()) {
      this.chunks.push(chunk.value);
      this.done += chunk.value.length;
      if (this.done > this.total) this.total = 0;
      report?.(this.done, this.total);
    }
    if (this.done < this.total) throw new Error("the body ended early");
  }

  bytes(): Uint8Array {
    if (this.chunks.length === 1) return this.chunks[0];
    const bytes = new Uint8Array(this.done);
    let offset = 0;
    for (const chunk of this.chunks) {
      bytes.set(chunk, offset);
      offset += chunk.length;
    }
    return bytes;
  }
}
