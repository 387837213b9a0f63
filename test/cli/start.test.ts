/** What `npm start` does in a clone. */
import { afterAll, describe, expect, test } from "vitest";
import { servePages } from "../../cli/demo.ts";
import type { Server } from "../../cli/server.ts";
import { start } from "./lightfuse.ts";

const servers: Server[] = [];
afterAll(() => servers.forEach((server) => server.close()));

describe("npm start", () => {
  test(
    "finds the person and the boats, and stops",
    { timeout: 180_000, tags: ["slow"] },
    async () => {
      const { code, stdout, stderr } = await start("start.js", ["--once"]).finished;
      expect(code, stderr).toBe(0);
      expect(stdout).toMatch(/^adapter: \S/m);
      const found = [...stdout.matchAll(/^ +(person|boat) +(0\.\d\d)( +-?\d+){4}$/gm)];
      const scores = found.map(([, label, score]) => [label, Number(score)] as const);
      expect(scores.slice(0, 4).map(([label]) => label)).toEqual([
        "person",
        "boat",
        "boat",
        "boat",
      ]);
      [0.47, 0.34, 0.34, 0.33].forEach((score, i) => expect(scores[i][1]).toBeCloseTo(score, 1));
      expect(stdout).toMatch(
        /load .+ ms, compile .+ ms, first run .+ ms, median of \d runs? .+ ms/,
      );
      expect(stdout).toMatch(/^\d+ dispatches, 1 pass, 1 submit a run/m);
    },
  );

  test("serves the page, the model and the photo", async () => {
    const server = await servePages([0]);
    servers.push(server);
    const page = await fetch(server.address);
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    const [, script] = /<script[^>]+src="\.\/([^"]+)"/.exec(await page.text())!;
    expect((await fetch(server.address + script)).status).toBe(200);
    const photo = await fetch(`${server.address}photos/boats.jpg`);
    expect(photo.headers.get("content-type")).toBe("image/jpeg");
    const model = await fetch(`${server.address}models/centernet.json`);
    expect(await model.json()).toHaveProperty("weightsManifest");
    expect((await fetch(`${server.address}models/centernet.bin`)).status).toBe(200);
  });
});
