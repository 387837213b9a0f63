import { describe, expect, test } from "vitest";
import { formatSafetensors, parseSafetensors } from "../../src/formats/safetensors.ts";
import { tensor } from "../../src/graph/tensor.ts";
import { errorOf } from "./error-of.ts";

/** A file from its header and data. */
function file(header: unknown, data: Uint8Array = new Uint8Array(), text = JSON.stringify(header)) {
  const json = new TextEncoder().encode(text);
  const bytes = new Uint8Array(8 + json.length + data.length);
  new DataView(bytes.buffer).setUint32(0, json.length, true);
  bytes.set(json, 8);
  bytes.set(data, 8 + json.length);
  return bytes;
}

const entry = (dtype: unknown, shape: unknown, begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

describe("parseSafetensors", () => {
  test("reads back what formatSafetensors wrote, in order", () => {
    const tensors = new Map([
      ["b.weight", tensor([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6))],
      ["a.count", tensor([], Int32Array.of(-7))],
      ["mask", tensor([3], Uint8Array.of(1, 0, 1))],
      ["empty", tensor([0, 4], Float32Array.of())],
      ["__proto__", tensor([1], Float32Array.of(8))],
    ]);
    const parsed = parseSafetensors(formatSafetensors(tensors));
    expect([...parsed]).toEqual([...tensors]);
  });

  const bytesOf = (array: ArrayBufferView) =>
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  test.each([
    ["F16", new Uint16Array([0x3c00, 0xc000]), Float32Array.of(1, -2)],
    ["BF16", new Uint16Array([0x3f80, 0xc040]), Float32Array.of(1, -3)],
    ["F64", new Float64Array([0.5, 3]), Float32Array.of(0.5, 3)],
    ["I8", new Int8Array([-1, 5]), Int32Array.of(-1, 5)],
    ["U8", new Uint8Array([255, 5]), Int32Array.of(255, 5)],
    ["I16", new Int16Array([-300, 5]), Int32Array.of(-300, 5)],
    ["U16", new Uint16Array([65535, 5]), Int32Array.of(65535, 5)],
    ["U32", new Uint32Array([2 ** 32 - 1, 5]), Int32Array.of(2 ** 31 - 1, 5)],
    ["I64", BigInt64Array.of(-(2n ** 40n), 5n), Int32Array.of(-(2 ** 31), 5)],
    ["U64", BigUint64Array.of(2n ** 31n, 5n), Int32Array.of(2 ** 31 - 1, 5)],
    ["BOOL", new Uint8Array([2, 0]), Uint8Array.of(1, 0)],
  ])("converts %s", (dtype, data, expected) => {
    const bytes = bytesOf(data);
    const parsed = parseSafetensors(file({ x: entry(dtype, [2], 0, bytes.length) }, bytes));
    expect(parsed.get("x")?.data).toEqual(expected);
  });

  test("leaves the metadata out", () => {
    expect(parseSafetensors(file({ __metadata__: { format: "pt" } })).size).toBe(0);
  });

  test("does not copy aligned float32 data", () => {
    const bytes = formatSafetensors(new Map([["x", tensor([2], Float32Array.of(1, 2))]]));
    expect(parseSafetensors(bytes).get("x")?.data.buffer).toBe(bytes.buffer);
  });

  const f32 = (begin: number, end: number, shape: unknown = [1]) => entry("F32", shape, begin, end);
  const known = "F32, F16, BF16, F64, I8, U8, I16, U16, I32, U32, I64, U64, BOOL";
  const cases: [string, Uint8Array, string][] = [
    ["a short file", Uint8Array.of(1, 2), "2 bytes are too few, expected at least 8"],
    [
      "a header beyond the file",
      new Uint8Array(20).fill(255),
      "the header has 18446744073709552000 bytes, but 12 follow; " +
        "the file is truncated or not a safetensors file",
    ],
    ["a header that is not JSON", file(0, undefined, "{,}"), "the header is not JSON"],
    ["a header that is a list", file([1]), "the header is not an object"],
    [
      "an entry that is null",
      file({ x: null }),
      `tensor "x" has dtype undefined, which is not supported, expected one of ${known}`,
    ],
    [
      "an unknown type",
      file({ x: entry("F8_E4M3", [1], 0, 1) }),
      `tensor "x" has dtype "F8_E4M3", which is not supported, expected one of ${known}`,
    ],
    ["a negative size", file({ x: f32(0, 4, [-1]) }), 'tensor "x" has no valid shape'],
    ["a shape that is a string", file({ x: f32(0, 4, "11") }), 'tensor "x" has no valid shape'],
    ["reversed offsets", file({ x: f32(4, 0) }), 'tensor "x" has no valid data_offsets'],
    ["fractional offsets", file({ x: f32(0.5, 4.5) }), 'tensor "x" has no valid data_offsets'],
    [
      "data beyond the file",
      file({ x: f32(0, 4) }, new Uint8Array(3)),
      'tensor "x" ends at byte 4 of the data, which has 3 bytes',
    ],
    [
      "a shape of another size",
      file({ x: f32(0, 4, [2, 3]) }, new Uint8Array(4)),
      'tensor "x" has 4 bytes, but shape 2x3 of F32 needs 24',
    ],
    [
      "tensors that overlap",
      file({ x: f32(0, 8, [2]), y: f32(4, 8) }, new Uint8Array(8)),
      'tensor "y" begins at byte 4, but tensor "x" ends at 8',
    ],
  ];
  test.each(cases)("rejects %s", (_, bytes, expected) => {
    expect(errorOf(() => parseSafetensors(bytes, "w.safetensors"))).toBe(
      `FormatError: safetensors "w.safetensors": ${expected}`,
    );
    expect(errorOf(() => parseSafetensors(bytes))).toBe(`FormatError: safetensors: ${expected}`);
  });
});

describe("formatSafetensors", () => {
  test("begins the data at a multiple of 8 bytes", () => {
    for (const name of ["a", "ab", "abc", "abcd", "äöü"]) {
      const bytes = formatSafetensors(new Map([[name, tensor([1], Float32Array.of(5))]]));
      expect((bytes.length - 4) % 8).toBe(0);
      expect(parseSafetensors(bytes).get(name)?.data[0]).toBe(5);
    }
  });
});
