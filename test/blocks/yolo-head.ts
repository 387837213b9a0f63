/** The head of Tiny YOLOv3 and v4 on a formula-made map, against Darknet's formulas (blocks.md B20). */
import { expect } from "vitest";
import { nonMaxSuppression } from "../../src/blocks/detection/non-max-suppression.ts";
import { decodeYolo, YOLO_TINY_ANCHORS } from "../../src/blocks/detection/yolo.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import { sizeOf } from "../../src/graph/tensor.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import fixtures from "../goldens/ops.json";

export interface HeadFixture {
  readonly name: string;
  readonly head: { readonly scaleXY: number; readonly metric: "iou" | "greedy" };
  /** Boxes with an objectness, scores, and scores after suppression, above the threshold. */
  readonly objects: number;
  readonly scoresBefore: number;
  readonly selected: number;
  /** [class, score, x, y, w, h], the greatest scores of those that are left */
  readonly top: readonly (readonly number[])[];
}

export const HEAD_FIXTURES = fixtures.filter(
  (fixture) => "head" in fixture,
) as unknown as readonly HeadFixture[];

const SHAPE = [1, 255, 13, 13];
const THRESHOLD = 0.9;

/** The input of `headGraph`. */
export function headInput(): Tensor {
  const { shape, data } = syntheticInput(SHAPE);
  return { shape, dtype: "float32", data: (data as Float32Array).map((x) => 4 * x) };
}

/** From the map to the objectness of each box, the scores, and the detections. */
export function headGraph({ name, head }: HeadFixture): Graph {
  const builder = new GraphBuilder(name);
  const map = builder.input("map", SHAPE);
  const anchors = YOLO_TINY_ANCHORS.v3[32];
  const { scaleXY, metric } = head;
  const candidates = decodeYolo(builder, [{ map, anchors, scaleXY }], [416, 416]);
  const split = builder.reshape(map, [3, 85, 169]);
  const cut = { axes: [1], starts: [4], sizes: [1], steps: [1] };
  const objectness = builder.op("slice", [split], cut);
  builder.output("objectness", builder.unary(objectness, { kind: "sigmoid" }));
  builder.output("candidates", candidates.scores);
  const found = nonMaxSuppression(builder, candidates, {
    maxOutputBoxesPerClass: Infinity,
    scoreThreshold: THRESHOLD,
    metric,
  });
  const length = found.count;
  builder.output("classes", found.classes, { length });
  builder.output("scores", found.scores, { length });
  builder.output("boxes", found.boxes, { length });
  return builder.graph;
}

const above = ({ data }: Tensor) => data.filter((x) => x > THRESHOLD).length;

/** Fails unless the outputs of `headGraph` are those of the fixture. */
export function expectHead(
  { objects, scoresBefore, selected, top }: HeadFixture,
  { objectness, candidates, classes, scores, boxes }: Readonly<Record<string, Tensor>>,
): void {
  expect(above(objectness)).toBe(objects);
  expect(above(candidates)).toBe(scoresBefore);
  expect([classes.shape, scores.shape, boxes.shape]).toEqual([
    [selected],
    [selected],
    [selected, 4],
  ]);
  expect([classes, scores, boxes].map(({ data }) => data.length)).toEqual(
    [classes, scores, boxes].map(({ shape }) => sizeOf(shape)),
  );
  const order = Array.from(scores.data, (_, row) => row);
  order.sort((a, b) => scores.data[b] - scores.data[a]);
  top.forEach((row, rank) => {
    const at = order[rank];
    const box = boxes.data.subarray(4 * at, 4 * at + 4);
    expect(classes.data[at]).toBe(row[0]);
    const greatest = Math.max(...row.slice(1));
    const errors = [scores.data[at], ...box].map((x, i) => Math.abs(x - row[i + 1]));
    expect(Math.max(...errors)).toBeLessThan(1e-5 * greatest);
  });
}
