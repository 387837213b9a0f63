/** Vite plugins that put files from outside the page's folder under addresses of the page. */
import { createReadStream, readFileSync, realpathSync, statSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { extname, join, sep } from "node:path";
import type { Plugin } from "vite";

const CONTENT_TYPES: Record<string, string> = {
  ".json": "application/json",
  ".jpg": "image/jpeg",
  ".png": "image/png",
  ".txt": "text/plain; charset=utf-8",
};

/**
 * Serves single files in development and copies them in a build.
 * @param files address below the page's base -> path of the file
 */
export function staticFiles(files: Record<string, string>): Plugin {
  return {
    name: "lightfuse:static-files",
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const path = files[pathOf(request).slice(1)];
        if (path === undefined) next();
        else send(request, response, path);
      });
    },
    generateBundle() {
      for (const [fileName, path] of Object.entries(files)) {
        this.emitFile({ type: "asset", fileName, source: readFileSync(path) });
      }
    },
  };
}

/**
 * Serves a folder, read-only, below an address of the development server.
 * @param prefix starts and ends with a slash
 */
export function staticFolder(prefix: string, folder: string): Plugin {
  return {
    name: "lightfuse:static-folder",
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const path = pathOf(request);
        if (!path.startsWith(prefix)) next();
        else send(request, response, fileBelow(folder, path.slice(prefix.length)));
      });
    },
  };
}

/** The real path of a file in the folder; undefined when it is not there, or leads out of it. */
export function fileBelow(folder: string, relative: string): string | undefined {
  try {
    const root = realpathSync(folder);
    const path = realpathSync(join(root, relative));
    return path.startsWith(root + sep) && statSync(path).isFile() ? path : undefined;
  } catch {
    return undefined;
  }
}

function pathOf(request: IncomingMessage): string {
  try {
    return decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname);
  } catch {
    return "/"; // Escapes that are no UTF-8 name no file.
  }
}

function send(request: IncomingMessage, response: ServerResponse, path: string | undefined): void {
  const reading = request.method === "GET" || request.method === "HEAD";
  if (path === undefined || !reading) {
    response.writeHead(reading ? 404 : 405).end();
    return;
  }
  response.writeHead(200, {
    "content-type": CONTENT_TYPES[extname(path)] ?? "application/octet-stream",
    "content-length": statSync(path).size,
  });
  if (request.method === "HEAD") response.end();
  else createReadStream(path).pipe(response);
}
