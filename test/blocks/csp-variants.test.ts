/** What the cross-stage partial blocks do where no fixture looks. */
import { describe, expect, it } from "vitest";
import { RELU, SILU } from "../../src/blocks/activations.ts";
import { cspDenseStage } from "../../src/blocks/csp-dense-stage.ts";
import { cspLayer } from "../../src/blocks/csp-layer.ts";
import { cspStage } from "../../src/blocks/csp-stage.ts";
import { focus } from "../../src/blocks/focus.ts";
import { spatialPyramidPooling } from "../../src/blocks/spatial-pyramid-pooling.ts";
import { convBnAct } from "../../src/blocks/layers.ts";
import { network } from "../../src/blocks/networks.ts";
import { countMacs, countParameters } from "../../src/graph/statistics.ts";
import { tensor } from "../../src/graph/tensor.ts";
import { listParameters } from "../../src/graph/weights.ts";
import { graphOf, outputOf } from "./build.ts";

/** Two bottlenecks on 32 of 64 channels; parameters of a 1x1 or 3x3 with its batch norm. */
const STAGE = {
  outChannels: 64,
  stride: 1,
  depth: 2,
  block: "bottleneck",
  blockRatio: 0.5,
  activation: RELU,
} as const;
const layer = (channels: number, outChannels: number, kernel = 1) =>
  channels * outChannels * kernel * kernel + 2 * outChannels;
const BLOCKS = 2 * (layer(32, 32) + layer(32, 32, 3) + layer(32, 32));

describe("cspStage", () => {
  it.each([
    ["both", layer(64, 64) + BLOCKS + layer(32, 32) + layer(64, 64)],
    ["first", layer(64, 64) + BLOCKS + layer(64, 64)],
    ["last", layer(64, 64) + BLOCKS + layer(32, 32)],
  ] as const)("mixes the halves %s", (fusion, parameters) => {
    const graph = graphOf([1, 64, 9, 7], (scope, x) => cspStage(scope, x, { ...STAGE, fusion }));
    expect(countParameters(graph)).toBe(parameters);
    expect(graph.outputs[0].value.shape).toEqual([1, 64, 9, 7]);
  });

  it("lets the first half pass by, or the last one in the order of Darknet", () => {
    const options = { ...STAGE, fusion: "last", crossLinear: true } as const;
    const parted = graphOf([1, 64, 2, 3], (scope, x) =>
      convBnAct(scope.at("conv_exp"), x, {
        names: ["conv", "bn"],
        outChannels: 64,
        activation: null,
      }),
    );
    const half = 32 * 6;
    const halves = [...outputOf(parted).data];
    const [first, last] = (["first", "last"] as const).map((cross) => {
      const graph = graphOf([1, 64, 2, 3], (scope, x) => cspStage(scope, x, { ...options, cross }));
      return [...outputOf(graph).data];
    });
    expect(first.slice(0, half)).toEqual(halves.slice(0, half));
    expect(last.slice(half)).toEqual(halves.slice(half));
  });
});

describe("cspDenseStage", () => {
  it("divides the channels by gamma, and gives an odd one to the dense layers", () => {
    const graph = graphOf([1, 11, 4, 6], (scope, x) =>
      cspDenseStage(scope, x, { layers: 2, growth: 4, fusion: "last", crossed: 0.3 }),
    );
    const shapes = new Map(listParameters(graph).map(({ name, shape }) => [name, shape]));
    expect(shapes.get("dense.0.n1.weight")).toEqual([8]);
    expect(shapes.get("tT.c.weight")).toEqual([8, 16, 1, 1]);
    expect(graph.outputs[0].value.shape).toEqual([1, 11, 2, 3]);
  });
});

describe("cspLayer", () => {
  it("leaves the sums out where it has no residuals", () => {
    const options = { outChannels: 8, blocks: 1, activation: SILU };
    const [plain, residual] = [false, true].map((each) =>
      graphOf([1, 6, 3, 5], (scope, x) => cspLayer(scope, x, { ...options, residual: each })),
    );
    const sums = [plain, residual].map(
      ({ nodes }) => nodes.filter(({ op }) => op === "binary").length,
    );
    expect(sums).toEqual([0, 1]);
    expect(listParameters(plain)[0].name).toBe("main_conv.conv.weight");
  });
});

describe("focus", () => {
  it("takes corners in the order top left, bottom left, top right, bottom right", () => {
    const graph = graphOf([1, 2, 2, 4], (scope, x) => focus(scope, x));
    const x = tensor(
      [1, 2, 2, 4],
      Float32Array.from({ length: 16 }, (_, i) => i),
    );
    const { shape, data } = outputOf(graph, x);
    expect(shape).toEqual([1, 8, 1, 2]);
    expect([...data]).toEqual([0, 2, 8, 10, 4, 6, 12, 14, 1, 3, 9, 11, 5, 7, 13, 15]);
  });

  it("refuses an odd height or width", () => {
    expect(() => graphOf([1, 3, 7, 4], (scope, x) => focus(scope, x))).toThrow(
      'focus "focus": x is 1x3x7x4, but its height and width must be even',
    );
  });
});

describe("spatialPyramidPooling", () => {
  it("sees 5x5, 9x9 and 13x13 pixels", () => {
    const graph = graphOf([1, 2, 15, 14], (scope, x) =>
      spatialPyramidPooling(scope, x, { outChannels: 3, activation: RELU }),
    );
    const joined = graph.nodes.find(({ op }) => op === "concat");
    const direct = graphOf([1, 2, 15, 14], (scope, x) => {
      const pooled = [5, 9, 13].map((size) => {
        const border = Math.floor(size / 2);
        return scope.builder.maxPool2d(x, {
          kernel: [size, size],
          stride: [1, 1],
          padding: [border, border, border, border],
        });
      });
      return scope.builder.concat([x, ...pooled], 1);
    });
    const chained = graphOf([1, 2, 15, 14], (scope, x) => {
      const window = { kernel: [5, 5], stride: [1, 1], padding: [2, 2, 2, 2] } as const;
      const all = [x];
      for (let i = 0; i < 3; i++) all.push(scope.builder.maxPool2d(all[i], window));
      return scope.builder.concat(all, 1);
    });
    expect([...outputOf(chained).data]).toEqual([...outputOf(direct).data]);
    expect(joined?.inputs.map((value) => value?.shape)).toEqual(new Array(4).fill([1, 1, 15, 14]));
    expect(graph.outputs[0].value.shape).toEqual([1, 3, 15, 14]);
  });
});

describe("CSPDarknet", () => {
  it("has the same layers under mmdetection's names and under numbers", () => {
    const [named, numbered] = ["cspdarknet_p5_s", "mmdet_cspdarknet_p5_s"].map((id) => network(id));
    expect(countMacs(named)).toBe(countMacs(numbered));
    expect(listParameters(named).map(({ shape }) => shape)).toEqual(
      listParameters(numbered).map(({ shape }) => shape),
    );
  });

  it("multiplies its width by the option", () => {
    const graph = network("cspdarknet_p5_l", { width: 0.375 });
    expect(graph.outputs[0].value.shape).toEqual([1, 384, 20, 20]);
  });
});
