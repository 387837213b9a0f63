/** PyTorch's fixtures on the GPU, in Chromium. */
import { describe } from "vitest";
import { defineFixtureTests } from "./fixtures.ts";

describe("in Chromium", { tags: ["quick"] }, () => {
  defineFixtureTests();
});
