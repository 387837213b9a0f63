/** Downloads that stay in the browser's cache. */
import { afterEach, expect, test } from "vitest";
import { readBytes } from "../../src/formats/fetch.ts";

const NAME = "lightfuse test";
/** A file that the test server has, under an address of its own. */
const ADDRESS = new URL("../goldens/ops.json?cached", import.meta.url).href;

afterEach(() => caches.delete(NAME));

test("a cached file is read without the network", async () => {
  const first = await readBytes(ADDRESS, { cache: NAME });
  expect(first.length).toBeGreaterThan(1000);
  const cache = await caches.open(NAME);
  expect((await cache.keys()).map(({ url }) => url)).toEqual([ADDRESS]);
  await cache.put(ADDRESS, new Response("kept"));
  const second = await readBytes(ADDRESS, { cache: NAME });
  expect(new TextDecoder().decode(second)).toBe("kept");
});

test("without the option nothing is kept", async () => {
  await readBytes(ADDRESS);
  expect(await (await caches.open(NAME)).keys()).toEqual([]);
});
