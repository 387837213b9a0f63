/** Detection heads on the GPU, and outputs whose length the data decide. */
import { describe, test } from "vitest";
import { load } from "../../src/model.ts";
import { expectHead, HEAD_FIXTURES, headGraph, headInput } from "../blocks/yolo-head.ts";
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
