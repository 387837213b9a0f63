/** Every case of every operator on the GPU, in Node; and with the kernels that other GPUs get. */
import { describe } from "vitest";
import { defineOperatorTests } from "./operators.ts";

defineOperatorTests({ tags: { others: "slow" } });

describe("as on a GPU", { tags: ["slow"] }, () => {
  defineOperatorTests({
    operators: [
      "conv2d",
      "convTranspose2d",
      "linear",
      "matmul",
      "averagePool2d",
      "globalAveragePool",
      "reduce",
      "softmax",
      "maxUnpool2d",
      "layerNorm",
      "groupNorm",
      "nonMaxSuppression",
    ],
    traits: { software: false },
  });
});

describe("as on a GPU without subgroups", { tags: ["slow"] }, () => {
  defineOperatorTests({
    operators: ["conv2d", "convTranspose2d"],
    traits: { software: false, subgroups: false },
  });
});

describe("as on a CPU without subgroups", { tags: ["slow"] }, () => {
  defineOperatorTests({ operators: ["conv2d"], traits: { subgroups: false } });
});

describe("in a folded grid", { tags: ["slow"] }, () => {
  defineOperatorTests({
    operators: ["conv2d", "convTranspose2d", "linear", "nonMaxSuppression", "decodeYolo"],
    traits: { maxWorkgroupsPerDimension: 12 },
  });
});
