/** Every case of every operator on the GPU, in Chromium. */
import { describe } from "vitest";
import { defineOperatorTests } from "./operators.ts";

describe("in Chromium", () => {
  defineOperatorTests({ tags: { sample: "quick" } });
});
