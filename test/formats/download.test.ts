/** Downloads from a server with the habits of a model hub: redirects, ranges, gzip, broken connections. */
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readBytes } from "../../src/formats/fetch.ts";

const FILE = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 31 + (i >> 8)) % 251);

/** Sends a part of the file, and breaks the connection after `most` bytes of it. */
function send(response: ServerResponse, start: number, most = Infinity): void {
  const rest = FILE.subarray(start);
  const headers = {
    "content-length": rest.length,
    "content-range": `bytes ${start}-${FILE.length - 1}/${FILE.length}`,
  };
  if (start === 0) response.writeHead(200, { "content-length": rest.length, etag: '"one"' });
  else response.writeHead(206, { ...headers, etag: '"one"' });
  if (most >= rest.length) response.end(rest);
  else response.write(rest.subarray(0, most), () => response.destroy());
}

/** Comparing with `toEqual` takes seconds. */
async function expectFile(reading: Promise<Uint8Array>): Promise<void> {
  expect(Buffer.compare(await reading, FILE)).toBe(0);
}

const startOf = ({ headers }: IncomingMessage): number =>
  Number(/^bytes=(\d+)-$/.exec(headers.range ?? "")?.[1] ?? 0);

type Handler = (request: IncomingMessage, response: ServerResponse, count: number) => void;

const ROUTES: Record<string, Handler> = {
  "/plain": (_, response) => send(response, 0),
  "/moved": (_, response) => response.writeHead(302, { location: "/elsewhere" }).end(),
  "/elsewhere": (_, response) => response.writeHead(307, { location: "/plain" }).end(),
  "/missing": (_, response) => response.writeHead(404).end("no such file"),
  "/gzip": (_, response) => {
    const body = gzipSync(FILE);
    response.writeHead(200, { "content-encoding": "gzip", "content-length": body.length });
    response.end(body);
  },
  "/breaks": (request, response) => send(response, startOf(request), 100_000),
  "/breaks-always": (request, response, count) =>
    send(response, count === 1 ? 0 : startOf(request), 10),
  "/breaks-without-ranges": (_, response, count) =>
    send(response, 0, count === 1 ? 70_000 : Infinity),
  "/changes": (request, response, count) => {
    if (count === 1) return send(response, 0, 50_000);
    if (startOf(request) === 0) return send(response, 0);
    response.writeHead(206, { etag: '"two"', "content-length": 5 }).end("other");
  },
  "/slow": (_, response) => void response.writeHead(200).write("begin"),
};

describe("readBytes", () => {
  let server: Server;
  let origin: string;
  let requests: string[];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const path = request.url ?? "";
      requests.push(path + (request.headers.range ? ` ${request.headers.range}` : ""));
      const count = requests.filter((line) => line.split(" ")[0] === path).length;
      ROUTES[path](request, response, count);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    requests = [];
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  test.each(["/plain", "/moved", "/gzip"])("reads %s", async (path) => {
    await expectFile(readBytes(origin + path));
  });

  test("reports bytes so far and in all", async () => {
    const seen: [number, number][] = [];
    await readBytes(`${origin}/plain`, { onProgress: (...now) => seen.push(now) });
    expect(seen.at(-1)).toEqual([FILE.length, FILE.length]);
    expect(seen.map(([done]) => done)).toEqual(seen.map(([done]) => done).sort((a, b) => a - b));
  });

  test("says that the size of a compressed file is not known", async () => {
    const totals = new Set<number>();
    await readBytes(`${origin}/gzip`, { onProgress: (_, total) => totals.add(total) });
    expect([...totals]).toEqual([0]);
  });

  test("names the status of an error", async () => {
    await expect(readBytes(`${origin}/missing`)).rejects.toThrow(
      `cannot fetch "${origin}/missing": the server answered 404 Not Found`,
    );
  });

  test("goes on where the connection broke", async () => {
    await expectFile(readBytes(`${origin}/breaks`));
    expect(requests[0]).toBe("/breaks");
    expect(requests.length).toBeGreaterThan(1);
    for (const request of requests.slice(1)) expect(request).toMatch(/^\/breaks bytes=[1-9]\d*-$/);
  });

  test("begins anew where the server knows no ranges", async () => {
    await expectFile(readBytes(`${origin}/breaks-without-ranges`));
  });

  test("begins anew where the file has changed meanwhile", async () => {
    await expectFile(readBytes(`${origin}/changes`));
    expect(requests).toHaveLength(3);
  });

  test("gives up when the connection breaks again and again", async () => {
    await expect(readBytes(`${origin}/breaks-always`)).rejects.toThrow(
      /^cannot fetch ".*\/breaks-always": the connection broke after \d+ of 300000 bytes$/,
    );
    expect(requests).toHaveLength(4);
  });

  test("says that there is no server", async () => {
    await expect(readBytes("http://127.0.0.1:1/x")).rejects.toThrow(
      /^cannot fetch "http:\/\/127\.0\.0\.1:1\/x": /,
    );
  });

  test("stops when it is aborted", async () => {
    const controller = new AbortController();
    const reading = readBytes(`${origin}/slow`, {
      signal: controller.signal,
      onProgress: () => controller.abort(),
    });
    await expect(reading).rejects.toThrow("This operation was aborted");
  });
});
