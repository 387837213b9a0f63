/** Detection heads on the GPU. */
import { describe, test } from "vitest";
import { load } from "../../src/model.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import {
  centerNetGraph,
  inputsOf,
  pointsGraph,
  ssdGraph,
  yoloGraph,
} from "../blocks/detection-heads.ts";
import { expectHead, HEAD_FIXTURES, headGraph, headInput } from "../blocks/yolo-head.ts";
import { expectNear } from "./compare.ts";
import { testDevice } from "./run-kernel.ts";

describe("the head of YOLO on the GPU", () => {
  test.each(HEAD_FIXTURES.map((fixture) => [fixture.name, fixture] as const))(
    "finds the boxes of %s",
    async (_, fixture) => {
      const model = await load(headGraph(fixture), { device: await testDevice() });
      expectHead(fixture, await model.run(headInput()));
      model.dispose();
    },
  );
});

test.each([
  ["SSD", ssdGraph],
  ["SSD with key points", pointsGraph],
  ["CenterNet", centerNetGraph],
  ["YOLO at two scales", yoloGraph],
])("the head of %s on the GPU equals the reference", async (_, make) => {
  const graph = make();
  const inputs = inputsOf(graph);
  const model = await load(graph, { device: await testDevice() });
  expectNear(await model.run(inputs), evaluateGraph(graph, inputs), 1e-5);
  model.dispose();
});
