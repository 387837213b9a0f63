import { describe, expect, test } from "vitest";
import { parseOnnx } from "../../src/formats/onnx/all.ts";
import { errorOf } from "./error-of.ts";
import { encodeNode, encodeOnnx, floats, longs, ones } from "./onnx-encode.ts";
import type { ModelSpec } from "./onnx-encode.ts";

const parse = (bytes: Uint8Array) => parseOnnx(bytes, { name: "m.onnx" });
const failure = (spec: ModelSpec) => errorOf(() => parse(encodeOnnx(spec)));

const relu = (input: string, output: string, name?: string) => ({
  op: "Relu",
  inputs: [input],
  outputs: [output],
  name,
});
const x = { name: "x", shape: [1, 2, 3, 4] };

/** Integers below a bound, the same ones in each run: the upper bits of a linear congruence. */
function randomIntegers(seed: number): (below: number) => number {
  return (below) => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
}

describe("a bad file is rejected", () => {
  const at = 'FormatError: onnx "m.onnx": ';
  const unreadable = `${at}the file is truncated or not an ONNX model: `;
  const good = encodeNode("Relu", [1, 2]);

  test("when it is empty or has no outputs", () => {
    const expected = `${at}the file has no graph with outputs; it is not an ONNX model`;
    expect(errorOf(() => parse(new Uint8Array()))).toBe(expected);
    expect(failure({ outputs: [] })).toBe(expected);
  });

  test("when it is truncated", () => {
    expect(errorOf(() => parse(good.subarray(0, 40)))).toBe(
      `${unreadable}a field at byte 20 ends at 76, but the file has 40 bytes`,
    );
    for (let length = 0; length < good.length; length++) {
      expect(errorOf(() => parse(good.subarray(0, length)))).toMatch(
        /^FormatError: onnx "m.onnx": /,
      );
    }
  });

  test("when it is text", () => {
    expect(errorOf(() => parse(new TextEncoder().encode("<html>not a model</html>")))).toBe(
      `${unreadable}field 7 at byte 1 has wire type 4`,
    );
  });

  test("when a field that is passed over has a wire type that there is not", () => {
    expect(errorOf(() => parse(new TextEncoder().encode("hello")))).toBe(
      `${unreadable}there is no wire type 4, at byte 3`,
    );
  });

  test("when a field has another wire type", () => {
    expect(errorOf(() => parse(Uint8Array.of(0x38, 1)))).toBe(
      `${unreadable}field 7 at byte 1 has wire type 0`,
    );
  });

  test("when its operator set is too old, too new or missing", () => {
    for (const opset of [5, 26, 0]) {
      expect(failure({ opset, inputs: [x], nodes: [relu("x", "y")] })).toBe(
        `${at}operator set ${opset} is not supported, expected 6 to 25`,
      );
    }
  });

  test("when nodes form a cycle", () => {
    const nodes = [relu("x", "a"), relu("c", "b", "second"), relu("b", "c"), relu("c", "y")];
    expect(failure({ inputs: [x], nodes })).toBe(
      `${at}node 2 "Relu": input "b" depends on the node itself`,
    );
  });

  test("when a node reads what nothing produces", () => {
    expect(failure({ inputs: [x], nodes: [relu("z", "y", "act")] })).toBe(
      `${at}node 0 "Relu" (act): input "z" is never produced`,
    );
    expect(failure({ inputs: [x], nodes: [] })).toBe(`${at}output "y" is never produced`);
  });

  test("when a value is produced twice", () => {
    expect(failure({ inputs: [x], nodes: [relu("x", "y"), relu("x", "y")] })).toBe(
      `${at}node 1 "Relu": output "y" has been produced before`,
    );
  });

  test("when constants would grow beyond all measure", () => {
    const nodes = Array.from({ length: 60 }, (_, i) => ({
      op: "Concat",
      inputs: [`v${i}`, `v${i}`],
      outputs: [`v${i + 1}`],
      attributes: { axis: 0 },
    }));
    const initializers = [floats("v0", [4], [1, 2, 3, 4])];
    expect(failure({ outputs: ["v60"], nodes, initializers })).toBe(
      `${at}node 20 "Concat": constants need 16777216 more elements, too many for a file of this size`,
    );
    expect(errorOf(() => parse(encodeNode("Range", [1])))).toBe(
      `${at}node 0 "Range" (n): input 0 "x" depends on the data, expected a constant`,
    );
  });

  test("when values have more axes than any network needs", () => {
    const axes = longs(
      "axes",
      Array.from({ length: 40 }, (_, i) => i),
    );
    expect(errorOf(() => parse(encodeNode("Unsqueeze", [2], { initializers: [axes] })))).toBe(
      `${at}node 0 "Unsqueeze" (n): an output has 41 axes, expected at most 16`,
    );
  });

  test("whichever of its bytes are changed or cut off", () => {
    const file = encodeOnnx({
      inputs: [{ name: "x", shape: ["N", 2, 6, 6] }],
      initializers: [ones("w", [4, 2, 3, 3]), longs("end", [-1]), longs("begin", [0])],
      nodes: [
        { op: "Conv", inputs: ["x", "w"], outputs: ["a"], attributes: { pads: [1, 1, 1, 1] } },
        { op: "Shape", inputs: ["a"], outputs: ["shape"] },
        { op: "Slice", inputs: ["shape", "begin", "end"], outputs: ["most"] },
        { op: "Concat", inputs: ["most", "end"], outputs: ["s"], attributes: { axis: 0 } },
        { op: "Reshape", inputs: ["a", "s"], outputs: ["b"] },
        { op: "Softmax", inputs: ["b"], outputs: ["y"], attributes: { axis: 1 } },
      ],
    });
    expect(parse(file).nodes.length).toBe(2);
    const random = randomIntegers(1);
    for (let round = 0; round < 2000; round++) {
      const bytes = file.slice(0, round % 4 ? file.length : random(file.length));
      for (let i = round % 3; i >= 0; i--) bytes[random(bytes.length)] = random(256);
      expect(errorOf(() => parse(bytes))).toMatch(/^(no error|(Format|Shape|Graph)Error: .+)/);
    }
  });
});
