/** Keeps downloaded files in the browser's Cache API. */

/**
 * The bytes behind an address from the cache of that name; where they are not in it they are
 * downloaded and put there. A cache that is full or forbidden is gone without.
 */
export async function cached(
  address: string,
  name: string,
  download: () => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const cache = await caches.open(name).catch(() => null);
  const known = await cache?.match(address).catch(() => undefined);
  if (known) return new Uint8Array(await known.arrayBuffer());
  const bytes = await download();
  await cache?.put(address, new Response(bytes as Uint8Array<ArrayBuffer>)).catch(() => undefined);
  return bytes;
}
