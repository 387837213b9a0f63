/** Detection heads on the reference: fixtures, and formulas written out by hand. */
import { describe, expect, test } from "vitest";
import { decodeSsd, priorBoxes } from "../../src/blocks/detection/ssd.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { ShapeError } from "../../src/graph/errors.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import {
  centerNetGraph,
  inputsOf,
  pointsGraph,
  PRIORS,
  ssdGraph,
  yoloGraph,
} from "./detection-heads.ts";
import { expectHead, HEAD_FIXTURES, headGraph, headInput } from "./yolo-head.ts";

const close = (actual: ArrayLike<number>, expected: readonly number[]) => {
  expect(actual.length).toBe(expected.length);
  expected.forEach((x, i) => expect(Math.abs(actual[i] - x), `element ${i}`).toBeLessThan(1e-6));
};

describe("the head of YOLO", () => {
  test.each(HEAD_FIXTURES.map((fixture) => [fixture.name, fixture] as const))(
    "finds the boxes of %s",
    (_, fixture) => {
      expectHead(fixture, evaluateGraph(headGraph(fixture), { map: headInput() }));
    },
  );
  test("has two fixtures", () => {
    expect(HEAD_FIXTURES).toHaveLength(2);
  });
  test("joins its scales one after the other", () => {
    const graph = yoloGraph();
    const inputs = inputsOf(graph);
    const { boxes, scores } = evaluateGraph(graph, inputs);
    expect([boxes.shape, scores.shape]).toEqual([
      [2, 18 + 72, 4],
      [2, 2, 18 + 72],
    ]);
    // The second image, the finer scale, anchor 2, row 3, column 4.
    const at = 18 + (2 * 4 + 3) * 6 + 4;
    const t = (entry: number) => inputs.fine.data[((21 + 2 * 7 + entry) * 4 + 3) * 6 + 4];
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    close(boxes.data.subarray(4 * (90 + at), 4 * (90 + at) + 4), [
      (sigmoid(t(0)) + 4) / 6,
      (sigmoid(t(1)) + 3) / 4,
      (Math.exp(t(2)) * 37) / 96,
      (Math.exp(t(3)) * 58) / 64,
    ]);
    close([scores.data[(2 + 1) * 90 + at]], [sigmoid(t(6)) * sigmoid(t(4))]);
  });
});

describe("the head of SSD", () => {
  test("has priors around the middles of cells, by row, column and box", () => {
    const { shape, data } = priorBoxes([
      {
        size: [1, 2],
        boxes: [
          [0.5, 1],
          [1, 2],
        ],
      },
    ]);
    expect(shape).toEqual([4, 4]);
    close(data, [0.25, 0.5, 0.5, 1, 0.25, 0.5, 1, 2, 0.75, 0.5, 0.5, 1, 0.75, 0.5, 1, 2]);
    close(PRIORS.data.subarray(48), [0.25, 0.375, 0.5, 0.5, 0.75, 0.375, 0.5, 0.5]);
  });
  test("decodes centres and logarithms of sizes", () => {
    const graph = ssdGraph();
    const inputs = inputsOf(graph);
    const { locations, decoded, corners } = evaluateGraph(graph, inputs);
    expect(decoded.shape).toEqual([2, 14, 4]);
    for (let i = 0; i < 28; i++) {
      const [tx, ty, tw, th] = locations.data.subarray(4 * i, 4 * i + 4);
      const [px, py, pw, ph] = PRIORS.data.subarray(4 * (i % 14), 4 * (i % 14) + 4);
      const [x, y] = [px + 0.1 * tx * pw, py + 0.1 * ty * ph];
      const [w, h] = [pw * Math.exp(0.2 * tw), ph * Math.exp(0.2 * th)];
      close(decoded.data.subarray(4 * i, 4 * i + 4), [x, y, w, h]);
      close(corners.data.subarray(4 * i, 4 * i + 4), [x - w / 2, y - h / 2, x + w / 2, y + h / 2]);
    }
    // The second image, the first scale: row 1, column 1, the second prior's h.
    expect(locations.data[4 * (14 + 7) + 3]).toBe(inputs.location0.data[(8 + 7) * 6 + 3]);
  });
  test("leaves the background out, and keeps what suppression leaves of each image", () => {
    const graph = ssdGraph();
    const { scores, images, classes, best, kept } = evaluateGraph(graph, inputsOf(graph));
    expect(scores.shape).toEqual([2, 3, 14]);
    const count = images.shape[0];
    expect(count).toBeGreaterThan(6);
    expect([classes.shape, best.shape, kept.shape]).toEqual([[count], [count], [count, 4]]);
    expect(new Set(images.data)).toEqual(new Set([0, 1]));
    best.data.forEach((score, i) => {
      const row = 3 * images.data[i] + classes.data[i];
      expect([...scores.data.subarray(14 * row, 14 * row + 14)]).toContain(score);
    });
  });
  test("decodes sizes that are factors, and key points", () => {
    const graph = pointsGraph();
    const inputs = inputsOf(graph);
    const { decoded } = evaluateGraph(graph, inputs);
    const [tx, ty, tw, th, ...points] = inputs.locations.data.subarray(8, 16);
    const [px, py, pw, ph] = PRIORS.data.subarray(4, 8);
    const centre = (x: number, y: number) => [px + 0.5 * x * pw, py + 0.5 * y * ph];
    close(decoded.data.subarray(8, 16), [
      ...centre(tx, ty),
      0.25 * tw * pw,
      0.25 * th * ph,
      ...centre(points[0], points[1]),
      ...centre(points[2], points[3]),
    ]);
  });
  test("refuses priors that are not one for each box", () => {
    const builder = new GraphBuilder("ssd");
    const locations = builder.input("locations", [1, 13, 4]);
    expect(() => decodeSsd(builder, locations, { priors: PRIORS })).toThrow(
      new ShapeError("decodeSsd: priors have shape 14x4, but locations 1x13x4, expected 13x4"),
    );
  });
});

test("the head of CenterNet takes the greatest peaks of all classes", () => {
  const graph = centerNetGraph();
  const { heat, size, offset } = inputsOf(graph);
  const { boxes, scores, classes } = evaluateGraph(graph, { heat, size, offset });
  for (const image of [0, 1]) {
    const at = (c: number, y: number, x: number) =>
      y < 0 || y > 4 || x < 0 || x > 6 ? -1 : heat.data[((image * 3 + c) * 5 + y) * 7 + x];
    const around = [-1, 0, 1].flatMap((dy) => [-1, 0, 1].map((dx) => [dy, dx]));
    const peaks = Array.from({ length: 105 }, (_, i) => {
      const [c, y, x] = [Math.floor(i / 35), Math.floor((i % 35) / 7), i % 7];
      return { c, y, x, score: at(c, y, x) };
    }).filter(({ c, y, x, score }) => around.every(([dy, dx]) => at(c, y + dy, x + dx) <= score));
    peaks.sort((a, b) => b.score - a.score);
    peaks.slice(0, 8).forEach(({ c, y, x, score }, rank) => {
      const row = 8 * image + rank;
      const map = (data: ArrayLike<number>, k: number) => data[((image * 2 + k) * 5 + y) * 7 + x];
      expect([scores.data[row], classes.data[row]]).toEqual([score, c]);
      close(boxes.data.subarray(4 * row, 4 * row + 4), [
        (x + map(offset.data, 0)) / 7,
        (y + map(offset.data, 1)) / 5,
        map(size.data, 0) / 7,
        map(size.data, 1) / 5,
      ]);
    });
  }
});
