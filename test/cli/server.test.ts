/** The server of pages on this machine. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { fileBelow, serve, type Route, type Server } from "../../cli/server.ts";

const folder = mkdtempSync(join(tmpdir(), "lightfuse-server-"));
mkdirSync(join(folder, "pages/a b"), { recursive: true });
writeFileSync(join(folder, "pages/index.html"), "<p>hello");
writeFileSync(join(folder, "pages/a b/ü.bin"), Uint8Array.of(1, 2, 255));
writeFileSync(join(folder, "secret"), "no");
afterAll(() => rmSync(folder, { recursive: true }));

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

async function open(route: Route, ports = [0]): Promise<string> {
  const server = await serve(route, ports);
  servers.push(server);
  return server.address;
}

describe("serve", () => {
  test("answers with files of a folder and their types", async () => {
    const address = await open((path) => fileBelow(join(folder, "pages"), path));
    const page = await fetch(`${address}index.html?x=1`);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(await page.text()).toBe("<p>hello");
    const binary = await fetch(
      `${address}${encodeURIComponent("a b")}/${encodeURIComponent("ü")}.bin`,
    );
    expect(binary.headers.get("content-type")).toBe("application/octet-stream");
    expect([...new Uint8Array(await binary.arrayBuffer())]).toEqual([1, 2, 255]);
  });

  test.each(["absent", "", "%2e%2e/secret", "..%2fsecret", "%ff", "a%20b"])(
    "has nothing at %j",
    async (path) => {
      const address = await open((below) => fileBelow(join(folder, "pages"), below));
      expect((await fetch(address + path)).status).toBe(404);
    },
  );

  test("gives what is posted to the route", async () => {
    const posted: number[] = [];
    const address = await open((_, body) => {
      posted.push(...(body ?? []));
      return { type: "text/plain", body: "thanks" };
    });
    const response = await fetch(address, { method: "POST", body: Uint8Array.of(7, 8) });
    expect([await response.text(), posted]).toEqual(["thanks", [7, 8]]);
  });

  test("takes the next port when one is taken", async () => {
    const first = await open(() => undefined);
    const second = await open(() => undefined, [Number(new URL(first).port), 0]);
    expect(second).not.toBe(first);
  });

  test("fails when no port is left", async () => {
    const { port } = new URL(await open(() => undefined));
    await expect(serve(() => undefined, [Number(port)])).rejects.toThrow("EADDRINUSE");
  });
});
