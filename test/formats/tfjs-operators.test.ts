/** Every operator that the importer reads, against the results of TensorFlow.js 4.22.0 on its CPU backend. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parseTfjs } from "../../src/formats/tfjs/parse.ts";
import { sizeOf } from "../../src/graph/tensor.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { BROADCASTS, ELEMENTWISE } from "./tfjs-cases/elementwise.ts";
import { POSITIONS, STRUCTURE } from "./tfjs-cases/structure.ts";
import { CONVOLUTIONS, POOLS } from "./tfjs-cases/window.ts";
import { wave, writeModel } from "./tfjs-model.ts";

interface Golden {
  readonly shape: number[];
  readonly dtype: string;
  readonly data: number[];
}
const GOLDENS = JSON.parse(
  readFileSync(new URL("../goldens/tfjs.json", import.meta.url), "utf8"),
) as Record<string, Golden>;

const CASES = [CONVOLUTIONS, POOLS, BROADCASTS, ELEMENTWISE, STRUCTURE, POSITIONS].flat();

describe("the importer reads", () => {
  test.each(CASES)("$title", (given) => {
    const { json, weights } = writeModel(given);
    const graph = parseTfjs(json, weights);
    const inputs = graph.inputs.map(({ name, shape, dtype }): [string, Tensor] => {
      const floats = wave(sizeOf(shape));
      const data = dtype === "int32" ? Int32Array.from(floats, (x) => x * 10) : floats;
      return [name, { shape, dtype, data }];
    });
    const y = evaluateGraph(graph, Object.fromEntries(inputs)).y;
    const golden = GOLDENS[given.title];
    expect([y.shape, y.dtype]).toEqual([golden.shape, golden.dtype]);
    const most = Math.max(1, ...golden.data.map(Math.abs));
    golden.data.forEach((expected, i) => {
      expect(Math.abs(y.data[i] - expected), `element ${i}`).toBeLessThan(1e-5 * most);
    });
  });
});
