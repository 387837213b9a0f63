/** Reads the files that a model file names; loaded with the first model that has its weights beside it. */
import { isOnDisk, readBytes } from "./fetch.ts";
import type { ReadOptions } from "./fetch.ts";

/**
 * The files that a model file names by their paths from its folder, read together; `onProgress`
 * counts them in one.
 * @throws FormatError when one cannot be read
 */
export function readBeside(
  model: string | URL,
  paths: readonly string[],
  { signal, onProgress, cache, onRead }: ReadOptions,
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
      const options = { signal, cache, onRead, onProgress: onProgress && report };
      return readBytes(folder + (isPath ? path : named(path)), options);
    }),
  );
}
