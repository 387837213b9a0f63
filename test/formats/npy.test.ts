import { describe, expect, test } from "vitest";
import { formatNpy, parseNpy } from "../../src/formats/npy.ts";
import { tensor } from "../../src/graph/tensor.ts";
import { errorOf } from "./error-of.ts";

/** An NPY file from its parts. */
function npy(header: string, data: ArrayLike<number> & { buffer: ArrayBuffer }, version = 1) {
  const head = new TextEncoder().encode(header);
  const begin = version === 1 ? 10 : 12;
  const bytes = new Uint8Array(begin + head.length + data.buffer.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  const view = new DataView(bytes.buffer);
  if (version === 1) view.setUint16(8, head.length, true);
  else view.setUint32(8, head.length, true);
  bytes.set(head, begin);
  bytes.set(new Uint8Array(data.buffer), begin + head.length);
  return bytes;
}

const header = (descr: string, shape: string, fortran = "False") =>
  `{'descr': '${descr}', 'fortran_order': ${fortran}, 'shape': (${shape}), }\n`;

describe("parseNpy", () => {
  test.each([
    ["float32", tensor([2, 3], Float32Array.of(1, -2, 3.5, 0, -0, Infinity))],
    ["int32", tensor([4], Int32Array.of(1, -2, 2 ** 31 - 1, -(2 ** 31)))],
    ["bool", tensor([1, 2], Uint8Array.of(0, 1))],
    ["a scalar", tensor([], Float32Array.of(7))],
    ["no elements", tensor([2, 0], Float32Array.of())],
  ])("reads back what formatNpy wrote: %s", (_, given) => {
    expect(parseNpy(formatNpy(given))).toEqual(given);
  });

  const bigint = (...values: bigint[]) => new Uint8Array(BigInt64Array.from(values).buffer);
  test.each([
    ["<f8", new Float64Array([1.5, -2]), Float32Array.of(1.5, -2)],
    ["<f2", new Uint16Array([0x3c00, 0xc000]), Float32Array.of(1, -2)],
    ["|u1", new Uint8Array([200, 3]), Int32Array.of(200, 3)],
    ["|i1", new Int8Array([-100, 3]), Int32Array.of(-100, 3)],
    ["<i2", new Int16Array([-1000, 3]), Int32Array.of(-1000, 3)],
    ["<u2", new Uint16Array([65535, 3]), Int32Array.of(65535, 3)],
    ["|b1", new Uint8Array([0, 1]), Uint8Array.of(0, 1)],
    ["<i8", bigint(-5n, 6n), Int32Array.of(-5, 6)],
    ["<i8", bigint(2n ** 40n, -(2n ** 63n)), Int32Array.of(2 ** 31 - 1, -(2 ** 31))],
  ])("converts %s", (descr, data, expected) => {
    expect(parseNpy(npy(header(descr, "2,"), data)).data).toEqual(expected);
  });

  test.each([2, 3])("reads version %i", (version) => {
    const parsed = parseNpy(npy(header("<f4", "1, 2"), Float32Array.of(1, 2), version));
    expect(parsed).toEqual(tensor([1, 2], Float32Array.of(1, 2)));
  });

  test("does not copy aligned float32 data", () => {
    const bytes = formatNpy(tensor([2], Float32Array.of(1, 2)));
    expect(parseNpy(bytes).data.buffer).toBe(bytes.buffer);
  });

  test("reads a file that begins at an odd byte of its buffer", () => {
    const file = formatNpy(tensor([2], Float32Array.of(1, 2)));
    const buffer = Buffer.alloc(file.length + 1);
    buffer.set(file, 1);
    expect([...parseNpy(buffer.subarray(1)).data]).toEqual([1, 2]);
  });

  const one = Float32Array.of(1);
  test.each([
    ["an empty file", new Uint8Array(), 'npy "a.npy": the file does not begin with an NPY header'],
    [
      "another file",
      new TextEncoder().encode("not an array at all"),
      'npy "a.npy": the file does not begin with an NPY header',
    ],
    [
      "an unknown version",
      npy(header("<f4", "1,"), one, 4),
      'npy "a.npy": version 4 is not supported, expected 1, 2 or 3',
    ],
    [
      "a truncated header",
      npy(header("<f4", "1,"), one).subarray(0, 30),
      'npy "a.npy": the header has 58 bytes, but 20 follow',
    ],
    [
      "an unknown type",
      npy(header(">f4", "1,"), one),
      'npy "a.npy": element type ">f4" is not supported, ' +
        "expected one of <f4, <f8, <f2, |u1, |i1, <u2, <i2, <i4, <i8, |b1",
    ],
    [
      "the name of a method as type",
      npy(header("toString", "1,"), one),
      'npy "a.npy": element type "toString" is not supported, ' +
        "expected one of <f4, <f8, <f2, |u1, |i1, <u2, <i2, <i4, <i8, |b1",
    ],
    [
      "Fortran order",
      npy(header("<f4", "1,", "True"), one),
      'npy "a.npy": the array is in Fortran order; save it with numpy.ascontiguousarray',
    ],
    [
      "a shape of words",
      npy(header("<f4", "one, 2"), one),
      'npy "a.npy": the header has no valid shape',
    ],
    [
      "too little data",
      npy(header("<f4", "2, 3"), one),
      'npy "a.npy": 4 bytes of data, but shape 2x3 of "<f4" needs 24',
    ],
    [
      "an absurd shape",
      npy(header("<f4", "999999999, 999999999"), one),
      'npy "a.npy": 4 bytes of data, but shape 999999999x999999999 of "<f4" needs 3999999992000000000',
    ],
  ])("rejects %s", (_, bytes, expected) => {
    expect(errorOf(() => parseNpy(bytes, "a.npy"))).toBe(`FormatError: ${expected}`);
  });

  test("names no file where none is given", () => {
    expect(errorOf(() => parseNpy(new Uint8Array()))).toBe(
      "FormatError: npy: the file does not begin with an NPY header",
    );
  });
});

describe("formatNpy", () => {
  test("begins the data at a multiple of 64 bytes", () => {
    for (const shape of [[], [3], [1, 2, 3, 4], new Array<number>(20).fill(1)]) {
      const size = shape.reduce((a, b) => a * b, 1);
      const bytes = formatNpy(tensor(shape, new Float32Array(size)));
      expect((bytes.length - 4 * size) % 64).toBe(0);
      expect(bytes[bytes.length - 4 * size - 1]).toBe(10);
    }
  });

  test("writes the header that NumPy writes", () => {
    const text = new TextDecoder().decode(
      formatNpy(tensor([3], Int32Array.of(1, 2, 3))).subarray(10),
    );
    expect(text).toMatch(/^\{'descr': '<i4', 'fortran_order': False, 'shape': \(3,\), \} *\n/);
  });
});
