/** Non-maximum suppression on the GPU equals the reference, box by box. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { NonMaxSuppressionAttributes } from "../../src/graph/attributes.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { syntheticNumber } from "../../src/graph/synthetic.ts";
import { tensor } from "../../src/graph/tensor.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { load } from "../../src/model.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { expectNear } from "./compare.ts";
import { deviceWith } from "./run-kernel.ts";

interface Problem {
  /** [N, n, 4] and [N, C, n] */
  readonly boxes: Tensor;
  readonly scores: Tensor;
  readonly attributes: NonMaxSuppressionAttributes;
}

const PLAIN: NonMaxSuppressionAttributes = {
  maxOutputBoxesPerClass: Infinity,
  iouThreshold: 0.5,
  scoreThreshold: 0.5,
  centerPointBox: false,
  metric: "iou",
};

async function expectEqual(problem: Problem, software: boolean): Promise<Tensor> {
  const { boxes, scores, attributes } = problem;
  const builder = new GraphBuilder("suppression");
  const inputs = [builder.input("boxes", boxes.shape), builder.input("scores", scores.shape)];
  const [selected, length] = builder.apply("nonMaxSuppression", inputs, attributes);
  builder.output("selected", selected, { length });
  builder.output("all", selected);
  const model = await load(builder.graph, { device: await deviceWith({ software }) });
  const outputs = await model.run({ boxes, scores });
  model.dispose();
  expectNear(outputs, evaluateGraph(builder.graph, { boxes, scores }), 0);
  return outputs.selected;
}

/** Coordinates and sizes are multiples of a quarter: every area is exact in float32. */
const boxOf = fc.tuple(...[12, 12, 16, 16].map((max) => fc.integer({ min: 0, max })));

const problems: fc.Arbitrary<Problem> = fc
  .record({
    batch: fc.integer({ min: 1, max: 2 }),
    classes: fc.integer({ min: 1, max: 3 }),
    boxes: fc.array(boxOf, { minLength: 1, maxLength: 40 }),
    seed: fc.nat(1000),
    maxOutputBoxesPerClass: fc.constantFrom(0, 1, 3, Infinity),
    iouThreshold: fc.constantFrom(0, 0.2, 1 / 3, 0.45, 0.5, 0.7, 1),
    scoreThreshold: fc.constantFrom(-Infinity, 0, 0.25, 0.75, 1),
    centerPointBox: fc.boolean(),
  })
  .map(({ batch, classes, boxes, seed, ...rest }) => {
    const count = boxes.length;
    const all = Array.from({ length: batch }, (_, image) =>
      boxes.map((box) => box.map((x) => (x + image) / 4)),
    );
    // Few different scores, so that many are equal.
    const scores = Float32Array.from(
      { length: batch * classes * count },
      (_, i) => Math.floor(2.5 + 2.5 * syntheticNumber(seed * 1000 + i)) / 4,
    );
    return {
      boxes: tensor([batch, count, 4], Float32Array.from(all.flat(2))),
      scores: tensor([batch, classes, count], scores),
      attributes: { ...PLAIN, ...rest },
    };
  });

/** One class: box i is `box(i)`, its score `score(i)`. */
function problem(
  count: number,
  box: (i: number) => number[],
  score: (i: number) => number,
  attributes: Partial<NonMaxSuppressionAttributes> = {},
): Problem {
  const indices = Array.from({ length: count }, (_, i) => i);
  return {
    boxes: tensor([1, count, 4], Float32Array.from(indices.flatMap(box))),
    scores: tensor([1, 1, count], Float32Array.from(indices, score)),
    attributes: { ...PLAIN, ...attributes },
  };
}

/** Boxes anywhere, with coordinates of all bits. */
const anywhere = (i: number): number[] => {
  const [x, y, w, h] = [0, 1, 2, 3].map((k) => syntheticNumber(4 * i + k) + 1);
  return [4 * x, 4 * y, 4 * x + w, 4 * y + h];
};
const scattered = (i: number) => syntheticNumber(1e6 + i);

describe.each([
  ["a CPU", true],
  ["a GPU", false],
])("non-maximum suppression on %s", (_, software) => {
  test("equals the reference for boxes that overlap and tie", { timeout: 120_000 }, async () => {
    const equals = async (one: Problem) => {
      await expectEqual(one, software);
    };
    await fc.assert(fc.asyncProperty(problems, equals), { numRuns: 40, seed: 1 });
  });

  test.each<[string, Problem, number]>([
    ["selects nothing where no score is high enough", problem(50, anywhere, () => 0.5), 0],
    [
      "selects one of boxes that are all the same",
      problem(
        300,
        () => [1, 1, 3, 2],
        () => 0.75,
      ),
      1,
    ],
    [
      "selects all of boxes that are the same at a threshold of 1",
      problem(
        100,
        () => [1, 1, 3, 2],
        () => 0.75,
        { iouThreshold: 1 },
      ),
      100,
    ],
    [
      "selects nothing where nothing is asked for",
      problem(20, anywhere, () => 1, { maxOutputBoxesPerClass: 0 }),
      0,
    ],
    [
      "selects the only box",
      problem(
        1,
        () => [0, 0, 1, 1],
        () => 1,
      ),
      1,
    ],
    [
      "selects boxes without an area",
      problem(
        9,
        () => [2, 2, 2, 5],
        () => 1,
      ),
      9,
    ],
    [
      "keeps a box whose overlap equals the threshold",
      problem(
        2,
        (i) =>
          [
            [0, 0, 10, 1],
            [0, 0, 7, 1],
          ][i],
        () => 1,
        { iouThreshold: 0.7 },
      ),
      2,
    ],
    [
      "drops a box whose overlap is above the threshold",
      problem(
        2,
        (i) =>
          [
            [0, 0, 10, 1],
            [0, 0, 7.000001, 1],
          ][i],
        () => 1,
        { iouThreshold: 0.7 },
      ),
      1,
    ],
  ])("%s", async (_title, one, expected) => {
    const { shape } = await expectEqual(one, software);
    expect(shape).toEqual([expected, 3]);
  });

  test("equals the reference for 2000 boxes", { timeout: 120_000, tags: ["slow"] }, async () => {
    const { shape } = await expectEqual(
      problem(2000, anywhere, scattered, { scoreThreshold: -Infinity }),
      software,
    );
    expect(shape[0]).toBeGreaterThan(50);
    expect(shape[0]).toBeLessThan(1900);
  });
});
