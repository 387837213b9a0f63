/** Serves the benchmark's pages on this machine only, and counts what they download. */
import { createServer } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize, sep } from "node:path";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";

const CONTENT_TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".mjs": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

export interface BenchServer {
  /** `http://127.0.0.1:1234` */
  readonly address: string;
  /** What is served by path; it comes before the folders. */
  readonly files: Map<string, Uint8Array | string>;
  /** Bodies sent since the last call, by path, in bytes and gzipped. */
  takeDownloads(): Map<string, { bytes: number; gzip: number }>;
  close(): void;
}

/** @param folders prefix of the path, with slashes around it -> folder */
export async function serve(folders: Readonly<Record<string, string>>): Promise<BenchServer> {
  const files = new Map<string, Uint8Array | string>();
  const zipped = new Map<string, number>();
  let downloads = new Map<string, Uint8Array>();
  const find = async (path: string): Promise<Uint8Array | undefined> => {
    const known = files.get(path);
    if (known !== undefined) return Buffer.from(known as Uint8Array);
    const prefix = Object.keys(folders).find((start) => path.startsWith(start));
    if (prefix === undefined) return undefined;
    const file = normalize(join(folders[prefix], path.slice(prefix.length)));
    if (!file.startsWith(folders[prefix] + sep)) return undefined;
    return readFile(file).catch(() => undefined);
  };
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
    void find(path).then((body) => {
      if (!body) {
        response.writeHead(404).end();
        return;
      }
      downloads.set(path, body);
      const type = CONTENT_TYPES[extname(path)] ?? "application/octet-stream";
      response.writeHead(200, { "content-type": type, "content-length": body.length }).end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  server.unref(); // What keeps the process alive is the browser's connection.
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    files,
    takeDownloads() {
      const taken = downloads;
      downloads = new Map();
      const sized = [...taken].map(([path, body]) => {
        const gzip = zipped.get(path) ?? gzipSync(body, { level: 6 }).length;
        if (!path.startsWith("/model/")) zipped.set(path, gzip);
        return [path, { bytes: body.length, gzip }] as const;
      });
      return new Map(sized);
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
