/** Watches how much memory the code under test asks for at once. */

/** Bytes that no array of a fuzzed file needs: each is of a few thousand bytes. */
const MOST_BYTES = 2 ** 28;

const ARRAYS = [
  "Float32Array",
  "Float64Array",
  "Int8Array",
  "Int16Array",
  "Int32Array",
  "Uint8Array",
  "Uint16Array",
  "Uint32Array",
  "BigInt64Array",
] as const;

/** Makes the constructors of arrays throw on absurd lengths; `report` hears of each. */
export function guardArrays(report: (bytes: number) => void): void {
  const check = (bytes: number) => {
    if (!(bytes > MOST_BYTES)) return;
    report(bytes);
    throw new RangeError(`an array of ${bytes} bytes was asked for`);
  };
  for (const name of ARRAYS) {
    const array = globalThis[name] as Float32ArrayConstructor;
    globalThis[name] = new Proxy(array, {
      construct: (target, given: [number]) => {
        if (typeof given[0] === "number") check(given[0] * array.BYTES_PER_ELEMENT);
        return new target(...given);
      },
    }) as never;
  }
  globalThis.ArrayBuffer = new Proxy(ArrayBuffer, {
    construct: (target, given: [number]) => (check(given[0]), new target(...given)),
  });
}
