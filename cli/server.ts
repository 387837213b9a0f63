/** A small web server for pages on this machine. */
import { createReadStream, realpathSync, statSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, sep } from "node:path";

/** What an address answers: content, or the path of a file. */
export type Reply =
  { readonly type: string; readonly body: string | Uint8Array } | { readonly path: string };

/** `path` is decoded and begins without a slash; `body` is what was posted. */
export type Route = (path: string, body: Uint8Array | null) => Reply | undefined;

export interface Server {
  /** `http://127.0.0.1:4173/` */
  readonly address: string;
  close(): void;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".webp": "image/webp",
  ".txt": "text/plain; charset=utf-8",
};

const HOST = "127.0.0.1";

/** Far more than the outputs of a network take. */
const MAX_POSTED_BYTES = 2 ** 31;

/**
 * Serves on the first port that is free; port 0 is any.
 * @throws Error when none of the ports can be had
 */
export async function serve(route: Route, ports: readonly number[]): Promise<Server> {
  const server = createServer((request, response) => {
    answer(route, request, response).catch(() => response.destroy());
  });
  for (const [index, port] of ports.entries()) {
    try {
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(port, HOST, resolve);
      });
      break;
    } catch (error) {
      if (index === ports.length - 1) throw error;
    }
  }
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://${HOST}:${port}/`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The real file below a folder; undefined when it is not there, or lies outside. */
export function fileBelow(folder: string, relative: string): Reply | undefined {
  try {
    const root = realpathSync(folder);
    const path = realpathSync(join(root, relative));
    return path.startsWith(root + sep) && statSync(path).isFile() ? { path } : undefined;
  } catch {
    return undefined;
  }
}

async function answer(
  route: Route,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = request.method === "POST" ? await readBody(request) : null;
  const reply = route(pathOf(request), body);
  if (!reply) {
    response.writeHead(404).end();
  } else if ("path" in reply) {
    const type = TYPES[extname(reply.path)] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, "content-length": statSync(reply.path).size });
    if (request.method === "HEAD") response.end();
    else
      createReadStream(reply.path)
        .on("error", () => response.destroy())
        .pipe(response);
  } else {
    response.writeHead(200, { "content-type": reply.type }).end(reply.body);
  }
}

function pathOf(request: IncomingMessage): string {
  try {
    return decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname).slice(1);
  } catch {
    return ""; // Escapes that are no UTF-8 name no file.
  }
}

async function readBody(request: IncomingMessage): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let total = 0;
  for await (const part of request as AsyncIterable<Uint8Array>) {
    total += part.length;
    if (total > MAX_POSTED_BYTES) throw new Error("too much was posted");
    parts.push(part);
  }
  return Buffer.concat(parts);
}
