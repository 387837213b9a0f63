/** Weights are read when they are uploaded: no pass reads them before, and none keeps a copy of them. */
import { describe, expect, test } from "vitest";
import { network } from "../../src/blocks/networks.ts";
import { compile } from "../../src/compiler/compile.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { lazyTensor, sizeOf } from "../../src/graph/tensor.ts";
import { bindWeights, listParameters } from "../../src/graph/weights.ts";
import { lengthOf } from "../../src/shaders/spec.ts";
import { LOWER_TABLE, TRAITS } from "./graphs.ts";

/** Between them they fold batch norms, pools and flattening, merge branches, permute channels, have gates. */
const NETWORKS = ["densenet121", "googlenet", "shufflenet_v2_x0_5", "mobilenet_v3_small"];

/** A plan of a network of ones, and how often its weights have been read since they were bound. */
function planOf(id: string) {
  const graph = network(id);
  const reads = { count: 0 };
  const ones = (shape: Tensor["shape"]): Tensor => ({
    shape,
    dtype: "float32",
    get data() {
      reads.count++;
      return new Float32Array(sizeOf(shape)).fill(1);
    },
  });
  const weights = listParameters(graph).map(({ parameter, shape }) => {
    return [parameter!, ones(shape)] as const;
  });
  const bound = bindWeights(graph, new Map(weights), "ones");
  reads.count = 0;
  const plan = compile(bound, TRAITS, {}, LOWER_TABLE);
  return { plan, reads, parameters: weights.length };
}

test.each([...NETWORKS, "vgg11"])("the plan of %s is made without a look at the weights", (id) => {
  expect(planOf(id).reads.count).toBe(0);
});

describe.each(NETWORKS)("the plan of %s", (id) => {
  test("has constants of the lengths that it says", () => {
    const { plan, reads, parameters } = planOf(id);
    for (const packed of plan.weights) {
      const { data } = packed;
      expect(data.length).toBe(lengthOf(packed));
      expect(data.every(Number.isFinite)).toBe(true);
    }
    expect(reads.count).toBeGreaterThanOrEqual(parameters);
  }, 30_000);
});

describe("a lazy tensor", () => {
  test("computes its elements when they are read, and not again while a reader holds them", () => {
    let made = 0;
    const tensor = lazyTensor([2], () => Float32Array.of(++made, 2));
    expect(made).toBe(0);
    const { data } = tensor;
    expect([...data]).toEqual([1, 2]);
    expect(tensor.data).toBe(data);
    expect(made).toBe(1);
  });

  test("is of float32 unless it says otherwise", () => {
    const make = (): Float32Array => Float32Array.of(1);
    expect(lazyTensor([1], make).dtype).toBe("float32");
    expect(lazyTensor([1], make, "int32").dtype).toBe("int32");
  });
});
