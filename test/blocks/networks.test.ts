/** The networks' sizes, weight names and errors; their outputs are in `goldens.test.ts`. */
import { describe, expect, it } from "vitest";
import type { Pair } from "../../src/graph/attributes.ts";
import { NETWORKS, network, networkEntry } from "../../src/blocks/networks.ts";
import { countMacs, countParameters } from "../../src/graph/statistics.ts";
import { formatShape, sizeOf } from "../../src/graph/tensor.ts";
import { listParameters } from "../../src/graph/weights.ts";
import { NETWORK_GOLDENS } from "../goldens.ts";
import type { NetworkFixture } from "../goldens.ts";
import { graphLayers } from "./graph-layers.ts";

/** Lines of `state_dict` name and shape, in order. */
const KEYS = import.meta.glob<string>("../goldens/keys/*.txt", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** Convolutions and fully connected layers of the reference implementations; see `graphLayers`. */
const LAYERS = import.meta.glob<string>("../goldens/layers/*.txt", {
  query: "?raw",
  import: "default",
  eager: true,
});

/** Awkward sizes; some networks need an even number at each halving, or a large image. */
function awkwardSize(id: string): Pair {
  if (/^darknet_alexnet|^inception_v3/.test(id)) return [131, 163];
  return /^hbonet|^yolo|_panet_|cspdarknet_p5|^darknet_res/.test(id) ? [64, 96] : [65, 97];
}

/** Scales and widths between those that have a fixture; only their entries say what is expected. */
const fixtureOf = (id: string): NetworkFixture | undefined => NETWORK_GOLDENS[id];

describe.each(NETWORKS.map((entry) => ({ id: entry.id, entry })))("$id", ({ id, entry }) => {
  const graph = entry.build();
  const fixture = fixtureOf(id);
  const { output = [entry.classes ?? 1000], keys = id } = fixture ?? {};

  it("has the parameters and MACs of the reference implementation", () => {
    const { parameters, macs } = entry;
    expect({ parameters: countParameters(graph), macs: countMacs(graph) }).toEqual({
      parameters,
      macs,
    });
    if (fixture)
      expect({ parameters, macs }).toEqual({ parameters: fixture.params, macs: fixture.macs });
  });

  const keyLines = KEYS[`../goldens/keys/${keys}.txt`] as string | undefined;
  if (keyLines !== undefined) {
    it("names its weights as the reference implementation does, in the same order", () => {
      const lines = listParameters(graph).map(
        ({ parameter, shape }) => `${parameter} ${formatShape(shape)}`,
      );
      expect(lines).toEqual(keyLines.trim().split("\n"));
    });
  }

  const layers = LAYERS[`../goldens/layers/${id}.txt`] as string | undefined;
  if (layers !== undefined) {
    it("has the layers of the reference implementation", () => {
      expect(graphLayers(graph)).toEqual(layers.trim().split("\n"));
    });
  }

  it("takes one image and gives what its entry says", () => {
    expect(graph.name).toBe(id);
    const input = [1, 3, ...entry.inputSize];
    expect(graph.inputs.map(({ name, shape }) => [name, shape])).toEqual([["input", input]]);
    if (fixture) expect(input).toEqual(fixture.input);
    expect(graph.outputs[0].value.shape).toEqual([1, ...output]);
  });

  it("names every node once", () => {
    const names = graph.nodes.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it("follows batch and input size", () => {
    const size = awkwardSize(id);
    const small = entry.build({ batch: 2, inputSize: size });
    expect(small.inputs[0].shape).toEqual([2, 3, ...size]);
    expect(small.outputs[0].value.shape[0]).toBe(2);
  });

  if (output.length === 1) {
    it("follows the number of classes", () => {
      const { outputs } = entry.build({ classes: 7 });
      expect(outputs.map(({ name, value }) => [name, value.shape])).toEqual([["logits", [1, 7]]]);
    });
  }
});

describe("the width multiplier", () => {
  it("gives the sizes of torchvision's narrow MobileNetV2", () => {
    const graph = network("mobilenet_v2", { width: 0.5 });
    const shapes = new Map(listParameters(graph).map((value) => [value.parameter, value.shape]));
    expect(shapes.get("features.0.0.weight")).toEqual([16, 3, 3, 3]);
    expect(shapes.get("features.1.conv.1.weight")).toEqual([8, 16, 1, 1]);
    expect(shapes.get("features.2.conv.2.weight")).toEqual([16, 48, 1, 1]);
    expect(shapes.get("features.18.0.weight")).toEqual([1280, 160, 1, 1]);
  });

  it("widens the last layers of MobileNetV2 only above 1", () => {
    const graph = network("mobilenet_v2", { width: 1.4 });
    const last = listParameters(graph).find((value) => value.parameter === "classifier.1.weight");
    expect(last?.shape).toEqual([1000, 1792]);
  });

  it("scales the rows and the embedding of MobileNetV3", () => {
    const graph = network("mobilenet_v3_small", { width: 0.75 });
    const shapes = new Map(listParameters(graph).map((value) => [value.parameter, value.shape]));
    expect(shapes.get("features.1.block.0.0.weight")).toEqual([16, 1, 3, 3]);
    expect(shapes.get("features.4.block.2.fc1.weight")).toEqual([24, 72, 1, 1]);
    expect(shapes.get("classifier.0.weight")).toEqual([768, 432]);
    expect(sizeOf(shapes.get("classifier.3.weight") ?? [])).toBe(1000 * 768);
  });

  it("is refused by SqueezeNet", () => {
    expect(() => network("squeezenet1_1", { width: 0.5 })).toThrow(
      'network "squeezenet1_1": width 0.5 given, but it has no width multiplier',
    );
  });
});

describe("network", () => {
  it("accepts the names that begin with tv_", () => {
    expect(networkEntry("tv_mobilenet_v2").id).toBe("mobilenet_v2");
  });

  it("names the nearest network when the name is unknown", () => {
    expect(() => network("mobilnetv2")).toThrow(
      'network "mobilnetv2" is not known, nearest "mobilenet_v2"; all are listed by ' +
        "`lightfuse networks`",
    );
  });

  it.each([
    [{ classes: 0 }, "classes 0 is not valid, expected an integer of 1 to 65536"],
    [{ batch: 1.5 }, "batch 1.5 is not valid, expected an integer of 1 to 65536"],
    [{ inputSize: [224, NaN] }, "input width NaN is not valid, expected an integer of 1 to 65536"],
    [{ inputSize: 1e9 }, "input height 1000000000 is not valid, expected an integer of 1 to 65536"],
    [{ width: 0 }, "width 0 is not valid, expected more than 0, at most 64"],
    [{ outputStride: 12 }, "output stride 12 given, expected 32"],
  ] as const)("refuses %o", (options, message) => {
    expect(() => network("mobilenet_v2", options)).toThrow(`network "mobilenet_v2": ${message}`);
  });

  it("says which layer an image is too small for", () => {
    expect(() => network("squeezenet1_1", { inputSize: 2 })).toThrow(
      'conv2d "features.0": a 3x3 kernel with dilation 1x1 and padding 0,0,0,0 ' +
        "does not fit into x of 2x2",
    );
  });
});
