/** Weights of sub-networks of Once-for-All, out of those of a super-network. */
import { describe, expect, it } from "vitest";
import { network } from "../../src/blocks/networks.ts";
import { isSuperNetwork } from "../../src/blocks/networks/is-super-network.ts";
import { subNetwork } from "../../src/blocks/networks/once-for-all.ts";
import { buildSearched } from "../../src/blocks/networks/searched.ts";
import { subNetworkWeights } from "../../src/blocks/networks/super-network.ts";
import { WeightsError } from "../../src/graph/errors.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { syntheticNumber, syntheticWeights } from "../../src/graph/synthetic.ts";
import { sizeOf, tensor } from "../../src/graph/tensor.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { bindWeights, listParameters } from "../../src/graph/weights.ts";
import { withWeights } from "../../src/weights.ts";

const WHOLE = "ofa_mbv3_w1.0_ks7_e6_d4";

/** [n * n, n * n] */
const matrix = (n: number, at: (row: number, column: number) => number): Tensor => {
  const size = n * n;
  const data = Float32Array.from({ length: size * size }, (_, i) =>
    at(Math.floor(i / size), i % size),
  );
  return tensor([size, size], data);
};

const identity = (n: number) => matrix(n, (row, column) => Number(row === column));
const mixing = (n: number, seed: number) =>
  matrix(n, (row, column) => syntheticNumber(seed + row * n * n + column) / n);

const plain = syntheticWeights(network(WHOLE));

/** As the authors' files have it: wrapped layers, and the old name of a block's `conv`. */
function superNetwork(five: Tensor, three: Tensor): Map<string, Tensor> {
  const weights = new Map<string, Tensor>();
  for (const [key, value] of plain) {
    const isElastic = /^blocks\.(?!0\.)\d+\./.test(key);
    const wrapped = isElastic
      ? key.replace(/_(bottleneck|conv|linear)\.(conv|bn)\./, "_$1.$2.$2.")
      : key;
    weights.set(wrapped.replace(".conv.", ".mobile_inverted_conv."), value);
  }
  for (let block = 1; block <= 20; block++) {
    const layer = `blocks.${block}.mobile_inverted_conv.depth_conv.conv`;
    weights.set(`${layer}.7to5_matrix`, five);
    weights.set(`${layer}.5to3_matrix`, three);
  }
  return weights;
}

const identities = superNetwork(identity(5), identity(3));

/** `toEqual` takes seconds for a million numbers. */
const sameData = (a: Tensor["data"] | undefined, b: Tensor["data"] | undefined): boolean =>
  a?.length === b?.length && a !== undefined && a.every((x, i) => x === b?.[i]);

/** Elements of the tensor called `key`, at places counted by `at`. */
const take = (key: string, length: number, at: (i: number) => number): number[] => {
  const { data } = plain.get(key)!;
  return Array.from({ length }, (_, i) => data[at(i)]);
};

describe("subNetworkWeights", () => {
  it("has the names of the authors' files in the fixture", () => {
    expect([...identities.keys()]).toEqual(
      expect.arrayContaining([
        "blocks.0.mobile_inverted_conv.depth_conv.conv.weight",
        "blocks.1.mobile_inverted_conv.inverted_bottleneck.conv.conv.weight",
        "blocks.5.mobile_inverted_conv.depth_conv.conv.conv.weight",
        "blocks.5.mobile_inverted_conv.depth_conv.bn.bn.running_mean",
        "blocks.5.mobile_inverted_conv.depth_conv.se.fc.reduce.weight",
        "blocks.20.mobile_inverted_conv.point_linear.bn.bn.bias",
      ]),
    );
    expect([isSuperNetwork(identities), isSuperNetwork(plain)]).toEqual([true, false]);
  });

  it("gives the greatest sub-network all weights as they are", () => {
    const taken = subNetworkWeights(network(WHOLE), identities);
    for (const [key, { shape, data }] of plain) {
      expect(taken.get(key)?.shape, key).toEqual(shape);
      expect(sameData(taken.get(key)?.data, data), key).toBe(true);
    }
  });

  it("takes the first blocks of each stage and the first channels of each block", () => {
    const graph = network("ofa_mbv3_w1.0_ks3_e3_d2");
    const taken = subNetworkWeights(graph, identities);
    // Stages of 2 blocks in place of 4: blocks 3 and 4 are the super-network's 5 and 6.
    expect([...taken.get("blocks.4.conv.point_linear.conv.weight")!.data]).toEqual(
      take("blocks.6.conv.point_linear.conv.weight", 40 * 120, (i) => {
        return Math.floor(i / 120) * 240 + (i % 120);
      }),
    );
    expect([...taken.get("blocks.4.conv.inverted_bottleneck.conv.weight")!.data]).toEqual(
      take("blocks.6.conv.inverted_bottleneck.conv.weight", 120 * 40, (i) => i),
    );
    // 120 / 4 = 30 squeezed channels become 32, of 64.
    expect([...taken.get("blocks.4.conv.depth_conv.se.fc.expand.weight")!.data]).toEqual(
      take("blocks.6.conv.depth_conv.se.fc.expand.weight", 120 * 32, (i) => {
        return Math.floor(i / 32) * 64 + (i % 32);
      }),
    );
    expect([...taken.get("blocks.4.conv.depth_conv.bn.running_var")!.data]).toEqual(
      take("blocks.6.conv.depth_conv.bn.running_var", 120, (i) => i),
    );
    expect(taken.get("classifier.linear.weight")).toBe(plain.get("classifier.linear.weight"));
    bindWeights(graph, taken, "formula");
  });

  it("crops kernels where the matrices are identities", () => {
    const taken = subNetworkWeights(network("ofa_mbv3_w1.0_ks3_e3_d2"), identities);
    expect([...taken.get("blocks.3.conv.depth_conv.conv.weight")!.data]).toEqual(
      take("blocks.5.conv.depth_conv.conv.weight", 72 * 9, (i) => {
        const [channel, row, column] = [Math.floor(i / 9), Math.floor(i / 3) % 3, i % 3];
        return channel * 49 + (row + 2) * 7 + column + 2;
      }),
    );
  });

  it.each([5, 3])("multiplies centres by matrices, down to %i x %i", (size) => {
    const [five, three] = [mixing(5, 0), mixing(3, 1000)];
    const graph = buildSearched(
      "mine",
      subNetwork({
        inputSize: 64,
        width: 1,
        kernels: [[7], [7, size], [7], [7], [7]],
        expands: [[6], [6, 4], [6], [6], [6]],
      }),
    );
    const taken = subNetworkWeights(graph, superNetwork(five, three));
    const { shape, data } = taken.get("blocks.3.conv.depth_conv.conv.weight")!;
    expect(shape).toEqual([160, 1, size, size]);
    const from = plain.get("blocks.6.conv.depth_conv.conv.weight")!.data;
    for (let channel = 0; channel < 160; channel++) {
      // y5[p] = sum over (i, j) of M5[p, 5 i + j] w[i + 1, j + 1]; y3 in the same way of y5.
      const y5: number[] = [];
      for (let p = 0; p < 25; p++) {
        y5[p] = 0;
        for (let i = 0; i < 5; i++) {
          for (let j = 0; j < 5; j++) {
            y5[p] += five.data[p * 25 + 5 * i + j] * from[channel * 49 + 7 * (i + 1) + j + 1];
          }
        }
      }
      const y3: number[] = [];
      for (let p = 0; p < 9; p++) {
        y3[p] = 0;
        for (let i = 0; i < 3; i++) {
          for (let j = 0; j < 3; j++) {
            y3[p] += three.data[p * 9 + 3 * i + j] * y5[5 * (i + 1) + j + 1];
          }
        }
      }
      const expected = size === 5 ? y5 : y3;
      const start = channel * size * size;
      expect([...data.slice(start, start + size * size)]).toEqual(expected.map(Math.fround));
    }
    // Kernels of 7 x 7 need no matrix.
    expect(taken.get("blocks.1.conv.depth_conv.conv.weight")!.data).toEqual(
      plain.get("blocks.1.conv.depth_conv.conv.weight")!.data,
    );
  });

  it("is what loading does with such weights", async () => {
    const graph = network("ofa_mbv3_w1.0_ks5_e4_d3");
    const mixed = superNetwork(mixing(5, 7), mixing(3, 8));
    const taken = subNetworkWeights(graph, mixed);
    for (const { parameter, constant } of listParameters(await withWeights(graph, mixed))) {
      const expected = taken.get(parameter ?? "");
      expect(constant?.shape, parameter ?? "").toEqual(expected?.shape);
      expect(sameData(constant?.data, expected?.data), parameter ?? "").toBe(true);
    }
  });
});

describe("subNetworkWeights refuses", () => {
  const small = network("ofa_mbv3_w1.0_ks3_e3_d2");
  const layer = "blocks.5.mobile_inverted_conv.depth_conv.conv";
  const change = (key: string, value: Tensor | null): Map<string, Tensor> => {
    const weights = new Map(identities);
    if (value) weights.set(key, value);
    else weights.delete(key);
    return weights;
  };
  const without = (pattern: RegExp): Map<string, Tensor> => {
    return new Map([...identities].filter(([key]) => !pattern.test(key)));
  };
  const zeros = (...shape: number[]): Tensor => tensor(shape, new Float32Array(sizeOf(shape)));

  it.each<[string, Graph, Map<string, Tensor>, string]>([
    [
      "a missing matrix",
      small,
      change(`${layer}.5to3_matrix`, null),
      'weights: "blocks.5.conv.depth_conv.conv.5to3_matrix" is missing from x.safetensors, but ' +
        "the kernels there are 7x7 and the network needs 3x3",
    ],
    [
      "a matrix of another shape",
      small,
      change(`${layer}.7to5_matrix`, zeros(9, 25)),
      'weights: "blocks.5.conv.depth_conv.conv.7to5_matrix" of x.safetensors has shape 9x25, ' +
        "expected 25x25",
    ],
    [
      "fewer channels than the network has",
      small,
      change(`${layer}.conv.weight`, zeros(64, 1, 7, 7)),
      'weights: "blocks.5.conv.depth_conv.conv.weight" of x.safetensors has shape 64x1x7x7, but ' +
        "the network needs 72x1x7x7 of it",
    ],
    [
      "another width",
      network("ofa_flops389M"),
      identities,
      'weights: "blocks.0.conv.depth_conv.conv.weight" of x.safetensors has shape 16x1x3x3, but ' +
        "the network needs 24x1x3x3 of it",
    ],
    [
      "stages that are not deep enough",
      network(WHOLE),
      without(/^blocks\.20\./),
      "weights: stage 5 of the super-network in x.safetensors has 3 blocks, but the network needs 4",
    ],
    [
      "another number of stages",
      small,
      without(/^blocks\.(17|18|19|20)\./),
      "weights: the super-network in x.safetensors has 5 stages of blocks, but the network has 6",
    ],
  ])("%s", (_, graph, weights, message) => {
    const read = () => subNetworkWeights(graph, weights, "x.safetensors");
    expect(read).toThrow(WeightsError);
    expect(read).toThrow(message);
  });

  it("nothing that is missing, which bindWeights names", () => {
    const taken = subNetworkWeights(small, without(/^blocks\.6\..*reduce\.bias$/));
    expect(() => bindWeights(small, taken, "x.safetensors")).toThrow(
      'weights: "blocks.4.conv.depth_conv.se.fc.reduce.bias" is missing from x.safetensors',
    );
  });
});
