/** Weights of ONNX files in every element type, in the file and in files beside it. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseOnnx } from "../../src/formats/onnx/all.ts";
import type { ExternalData } from "../../src/formats/onnx/tensors.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { readGraph } from "../../src/import.ts";
import { errorOf } from "./error-of.ts";
import { encodeOnnx } from "./onnx-encode.ts";
import type { TensorSpec } from "./onnx-encode.ts";

const bytesOf = (array: ArrayBufferView) => new Uint8Array(array.buffer);

/** A file whose outputs are these initializers. */
function encode(...tensors: TensorSpec[]): Uint8Array {
  const initializers = tensors.map((spec, i) => ({ ...spec, name: `w${i}` }));
  return encodeOnnx({ outputs: initializers.map(({ name }) => name), initializers });
}

const read = (spec: TensorSpec, externalData: ExternalData = {}): Tensor =>
  parseOnnx(encode(spec), { name: "m.onnx", externalData }).outputs[0].value.constant!;

const LARGEST = 2 ** 31 - 1;

/** Type, number of it in ONNX, its bytes, and what the graph holds. */
const TYPES: [string, number, ArrayBufferView, ArrayLike<number>][] = [
  ["float32", 1, Float32Array.of(0.1, -2), Float32Array.of(0.1, -2)],
  ["uint8", 2, Uint8Array.of(255, 1), Int32Array.of(255, 1)],
  ["int8", 3, Int8Array.of(-128, 1), Int32Array.of(-128, 1)],
  ["uint16", 4, Uint16Array.of(65535, 1), Int32Array.of(65535, 1)],
  ["int16", 5, Int16Array.of(-32768, 1), Int32Array.of(-32768, 1)],
  ["int32", 6, Int32Array.of(-(2 ** 31), 1), Int32Array.of(-(2 ** 31), 1)],
  ["int64", 7, BigInt64Array.of(-(2n ** 40n), 1n), Int32Array.of(~LARGEST, 1)],
  ["bool", 9, Uint8Array.of(1, 0), Uint8Array.of(1, 0)],
  ["float16", 10, Uint16Array.of(0x3555, 0xfc00), Float32Array.of(0.333251953125, -Infinity)],
  ["float64", 11, Float64Array.of(0.1, -2), Float32Array.of(0.1, -2)],
  ["uint32", 12, Uint32Array.of(2 ** 32 - 1, 1), Int32Array.of(LARGEST, 1)],
  ["uint64", 13, BigUint64Array.of(2n ** 64n - 1n, 1n), Int32Array.of(LARGEST, 1)],
  ["bfloat16", 16, Uint16Array.of(0x3f80, 0xc000), Float32Array.of(1, -2)],
];

describe.each(TYPES)("data of type %s", (_, type, numbers, expected) => {
  const raw = bytesOf(numbers);

  test("is read from the file", () => {
    expect(read({ dims: [2], type, raw }).data).toEqual(expected);
  });

  test("is read from another file, wherever it lies there", () => {
    for (const before of [0, 1, 4, 8]) {
      const file = new Uint8Array([...new Uint8Array(before).fill(7), ...raw, 9]);
      const external = { location: "w.bin", offset: `${before}`, length: `${raw.length}` };
      expect(read({ dims: [2], type, external }, { "w.bin": file }).data).toEqual(expected);
    }
  });
});

describe("a tensor in another file", () => {
  const file = bytesOf(Float32Array.of(9, 1, 2));
  const externalData = { "w.bin": file };
  const tensorAt = (external: Record<string, string>): TensorSpec => ({
    dims: [2],
    type: 1,
    external,
  });

  test("takes the whole file, or what follows the offset", () => {
    const whole = { ...tensorAt({ location: "w.bin" }), dims: [3] };
    expect(read(whole, externalData).data).toEqual(Float32Array.of(9, 1, 2));
    const rest = tensorAt({ location: "w.bin", offset: "4" });
    expect(read(rest, externalData).data).toEqual(Float32Array.of(1, 2));
  });

  test("may be the value of an attribute", () => {
    const value = tensorAt({ location: "w.bin", offset: "4" });
    const nodes = [{ op: "Constant", outputs: ["y"], attributes: { value: { t: value } } }];
    const graph = parseOnnx(encodeOnnx({ nodes }), { externalData });
    expect(graph.outputs[0].value.constant?.data).toEqual(Float32Array.of(1, 2));
  });

  const failure = (external: Record<string, string>, data: ExternalData = externalData) =>
    errorOf(() => read(tensorAt(external), data));
  const at = 'FormatError: onnx "m.onnx": initializer "w0"';

  test("is rejected when its file is not there", () => {
    expect(failure({ location: "w.bin" }, {})).toBe(
      `${at} is in the file "w.bin" beside the model; give its bytes by externalData`,
    );
    expect(failure({ location: "constructor" })).toContain('the file "constructor" beside');
  });

  test.each([
    "../w.bin",
    "a/../../w.bin",
    "/etc/passwd",
    "\\\\host\\w.bin",
    "..\\w.bin",
    "C:w.bin",
    "https://host/w.bin",
    "file:w.bin",
    "",
  ])("is rejected when its file would be %j", (location) => {
    expect(failure({ location }, { [location]: file })).toBe(
      `${at} is in "${location}", which is not a file in the model's folder`,
    );
  });

  test("is rejected when it is not inside the file", () => {
    expect(failure({ location: "w.bin", offset: "8", length: "8" })).toBe(
      `${at} is at bytes 8..16 of "w.bin", which has 12`,
    );
    expect(failure({ location: "w.bin", offset: "16" })).toBe(
      `${at} is at offset 16 with length -4, expected whole numbers of bytes`,
    );
    expect(failure({ location: "w.bin", offset: "-4", length: "8" })).toBe(
      `${at} is at offset -4 with length 8, expected whole numbers of bytes`,
    );
    expect(failure({ location: "w.bin", offset: "four" })).toBe(
      `${at} is at offset NaN with length NaN, expected whole numbers of bytes`,
    );
    expect(failure({ location: "w.bin", length: "4" })).toBe(
      `${at}: 4 bytes of data, but shape 2 of float32 needs 8`,
    );
  });

  test("is rejected when a small file would become many large ones", () => {
    const half = { dims: [2 ** 19], type: 10, external: { location: "w.bin" } };
    const tensors = new Array<TensorSpec>(100).fill(half);
    const data = { "w.bin": new Uint8Array(2 ** 20) };
    expect(errorOf(() => parseOnnx(encode(...tensors), { externalData: data }))).toBe(
      'FormatError: onnx "model": initializer "w48" reads the same file too often',
    );
  });
});

describe("readGraph reads the files beside an ONNX model", () => {
  const numbers = { a: Float32Array.of(1, 2), b: Float32Array.of(3) };
  const model = encode(
    { dims: [2], type: 1, external: { location: "weights #1.bin" } },
    { dims: [1], type: 1, external: { location: "parts/b.bin", length: "4" } },
    { dims: [1], type: 1, external: { location: "weights #1.bin", offset: "4" } },
  );
  let folder = "";
  let address = "";
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? "");
    const bytes = {
      "/models/m.onnx?key=1": model,
      "/models/weights%20%231.bin": bytesOf(numbers.a),
      "/models/parts/b.bin": bytesOf(numbers.b),
    }[request.url ?? ""];
    response.statusCode = bytes ? 200 : 404;
    response.end(bytes);
  });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "lightfuse-"));
    await mkdir(join(folder, "parts"));
    await writeFile(join(folder, "m.onnx"), model);
    await writeFile(join(folder, "weights #1.bin"), numbers.a);
    await writeFile(join(folder, "parts/b.bin"), numbers.b);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    server.close();
    await rm(folder, { recursive: true });
  });

  const outputsOf = async (...given: Parameters<typeof readGraph>) =>
    (await readGraph(...given)).outputs.map(({ value }) => [...value.constant!.data]);
  const expected = [[1, 2], [3], [2]];

  test("by path, by file URL and by URL, each file once", async () => {
    expect(await outputsOf(join(folder, "m.onnx"))).toEqual(expected);
    expect(await outputsOf(pathToFileURL(join(folder, "m.onnx")))).toEqual(expected);
    expect(await outputsOf(`${address}/models/m.onnx?key=1`)).toEqual(expected);
    expect(requests.sort()).toEqual([
      "/models/m.onnx?key=1",
      "/models/parts/b.bin",
      "/models/weights%20%231.bin",
    ]);
  });

  test("but for those that the caller gives", async () => {
    const externalData = { "weights #1.bin": bytesOf(Float32Array.of(5, 6)) };
    const given = [[5, 6], [3], [6]];
    expect(await outputsOf(join(folder, "m.onnx"), { externalData })).toEqual(given);
    const all = { ...externalData, "parts/b.bin": bytesOf(numbers.b) };
    expect(await outputsOf(model, { externalData: all })).toEqual(given);
  });

  test("and says which is missing", async () => {
    const lost = join(folder, "parts", "m.onnx");
    await writeFile(lost, model);
    // Of two that are missing, either may be named.
    await mkdir(join(folder, "parts/parts"));
    await writeFile(join(folder, "parts/parts/b.bin"), numbers.b);
    await expect(readGraph(lost)).rejects.toThrow(
      `cannot read "${join(folder, "parts", "weights #1.bin")}": no such file`,
    );
    await expect(readGraph(`${address}/m.onnx`)).rejects.toThrow("answered 404");
    await expect(readGraph(model)).rejects.toThrow(
      'onnx "model": initializer "w0" is in the file "weights #1.bin" beside the model; ' +
        "give its bytes by externalData",
    );
  });

  test("and refuses paths out of its folder before it reads any", async () => {
    const outside = encode({ dims: [1], type: 1, external: { location: "%2e%2e/m.onnx" } });
    await writeFile(join(folder, "parts", "m.onnx"), outside);
    const url = pathToFileURL(join(folder, "parts", "m.onnx"));
    await expect(readGraph(url)).rejects.toThrow("no such file");
    const above = encode({ dims: [1], type: 1, external: { location: "../m.onnx" } });
    await writeFile(join(folder, "parts", "m.onnx"), above);
    await expect(readGraph(url)).rejects.toThrow(
      'onnx "m.onnx": tensor "w0" is in "../m.onnx", which is not a file in the model\'s folder',
    );
  });

  test("with one count of their bytes, and none after an abort", async () => {
    const seen: number[][] = [];
    await readGraph(`${address}/models/m.onnx?key=1`, {
      onProgress: (done, total) => seen.push([done, total]),
    });
    expect(seen.at(-1)).toEqual([12, 12]);
    const signal = AbortSignal.abort();
    await expect(readGraph(join(folder, "m.onnx"), { signal })).rejects.toThrow("abort");
  });
});
