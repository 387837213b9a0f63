/** Darknet networks: configurations, weights files, what they compute, and bad input. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseDarknet } from "../../src/darknet.ts";
import { parseDarknetCfg } from "../../src/formats/darknet/cfg.ts";
import { tensor } from "../../src/graph/tensor.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { listParameters } from "../../src/graph/weights.ts";
import { readGraph } from "../../src/import.ts";
import { evaluateGraph } from "../../src/reference/evaluate.ts";
import { errorOf } from "./error-of.ts";

const net = (...lines: string[]): string =>
  ["[net]", "width=2", "height=2", "channels=2", ...lines].join("\n");

/** A weights file of version 0.2 with the given numbers. */
function weightsFile(numbers: readonly number[], header = [0, 2, 5, 0, 0]): Uint8Array {
  const bytes = new Uint8Array(4 * (header.length + numbers.length));
  const view = new DataView(bytes.buffer);
  header.forEach((value, i) => view.setInt32(4 * i, value, true));
  numbers.forEach((value, i) => view.setFloat32(4 * (header.length + i), value, true));
  return bytes;
}

const run = (cfg: string, weights: readonly number[], x: Tensor): Record<string, Tensor> =>
  evaluateGraph(parseDarknet(cfg, weightsFile(weights)), { input: x });

const X = tensor([1, 2, 2, 2], new Float32Array([1, -2, 3, -4, 5, 6, 7, 8]));
const failure = (...lines: string[]): string => errorOf(() => parseDarknet(net(...lines), null));

describe("a weights file", () => {
  const cfg = net("[convolutional]", "filters=1", "batch_normalize=1", "activation=leaky");

  test("holds bias, scale, mean, variance, then weights", () => {
    expect(listParameters(parseDarknet(cfg, null)).map(({ name }) => name)).toEqual([
      "0.bn.bias",
      "0.bn.weight",
      "0.bn.running_mean",
      "0.bn.running_var",
      "0.weight",
    ]);
    // (x0 + x1 - 1) / sqrt(4 + 1e-5) * 2 + 0.5, leaky
    const { logits } = run(cfg, [0.5, 2, 1, 4, 1, 1], X);
    expect(Array.from(logits.data)).toEqual(
      [5.5, 3.5, 9.5, 3.5].map((y): unknown => expect.closeTo(y, 4)),
    );
  });

  test("has a shorter header before version 0.2", () => {
    const old = weightsFile([0.5, 2, 1, 4, 1, 1], [0, 1, 0, 0]);
    expect(listParameters(parseDarknet(cfg, old))[0].constant?.data[0]).toBe(0.5);
  });

  test("of another length is refused with both lengths", () => {
    expect(errorOf(() => parseDarknet(cfg, weightsFile([1]), { name: "tiny.cfg" }))).toBe(
      "WeightsError: weights: tiny.weights has 24 bytes, but the network needs 44: " +
        "a header of 20 bytes and 6 numbers",
    );
    expect(errorOf(() => parseDarknet(cfg, new Uint8Array(7), { name: "tiny.cfg" }))).toBe(
      "WeightsError: weights: tiny.weights has 7 bytes, too few for a header",
    );
  });
});

describe("a layer", () => {
  const identity = ["[convolutional]", "filters=2", "activation=linear"];
  const copy = [0, 0, 1, 0, 0, 1];
  const numbers = (...lines: string[]): number[] =>
    Array.from(run(net(...identity, ...lines), copy, X).logits.data);

  test("[maxpool] of size 2 and stride 1 keeps the size and never takes padding", () => {
    expect(numbers("[maxpool]", "size=2", "stride=1")).toEqual([3, -2, 3, -4, 8, 8, 8, 8]);
  });

  test("[maxpool] of size 2 and stride 2 takes an odd border along", () => {
    const odd = net(...identity, "[maxpool]", "size=2", "stride=2").replace("width=2", "width=3");
    const x = tensor(
      [1, 2, 2, 3],
      new Float32Array(12).map((_, i) => i - 12),
    );
    expect(Array.from(run(odd, copy, x).logits.data)).toEqual([-8, -7, -2, -1]);
  });

  test("[route] takes one of the groups of channels", () => {
    expect(numbers("[route]", "layers=-1", "groups=2", "group_id=1")).toEqual([5, 6, 7, 8]);
  });

  test("[route] joins layers in its order", () => {
    const half = ["[route]", "layers=0", "groups=2", "group_id=0"];
    expect(numbers(...half, "[route]", "layers=-2,1").slice(4)).toEqual([5, 6, 7, 8, 1, -2, 3, -4]);
  });

  test("[shortcut] adds the first channels of a wider layer", () => {
    const half = ["[route]", "layers=0", "groups=2", "group_id=1"];
    expect(numbers(...half, "[shortcut]", "from=-2", "activation=linear")).toEqual([6, 4, 10, 4]);
  });

  test("[shortcut] adds a narrower layer to the first channels", () => {
    const half = ["[route]", "layers=0", "groups=2", "group_id=1", "[route]", "layers=0"];
    expect(numbers(...half, "[shortcut]", "from=1", "activation=linear")).toEqual([
      6, 4, 10, 4, 5, 6, 7, 8,
    ]);
  });

  test("[shortcut] takes every second pixel of an image twice as large", () => {
    const pooled = ["[maxpool]", "size=2", "stride=2"];
    expect(numbers(...pooled, "[shortcut]", "from=0", "activation=linear")).toEqual([4, 13]);
  });

  test("[upsample] repeats pixels", () => {
    expect(numbers("[maxpool]", "stride=2", "[upsample]", "stride=2")).toEqual([
      3, 3, 3, 3, 8, 8, 8, 8,
    ]);
  });

  test("[scale_channels] multiplies by a gate of one pixel", () => {
    expect(numbers("[avgpool]", "[scale_channels]", "from=0", "activation=linear")).toEqual([
      -0.5, 1, -1.5, 2, 32.5, 39, 45.5, 52,
    ]);
  });

  test("[connected] flattens its input", () => {
    const cfg = net("[connected]", "output=1", "activation=relu");
    const { logits } = run(cfg, [0.5, 1, 0, 0, 0, 0, 0, 0, 2], X);
    expect(Array.from(logits.data)).toEqual([17.5]);
  });

  test("[yolo] gives the map that enters it", () => {
    const graph = parseDarknet(net(...identity, "[yolo]", "mask=0", "classes=1"), null);
    expect(graph.outputs.map(({ name, value }) => [name, value.shape])).toEqual([
      ["yolo0", [1, 2, 2, 2]],
    ]);
  });
});

describe("bad input", () => {
  test.each([
    ["text", "hello", 'FormatError: darknet "x.cfg": line 1: "hello" is not a section'],
    [
      "a line that is no option",
      "[net]\nwidth=2\noops",
      'FormatError: darknet "x.cfg": line 3: "oops" is not a section or key=value',
    ],
    ["nothing but comments", "# a\n; b\n", 'FormatError: darknet "x.cfg": there are no sections'],
  ])("refuses %s", (_, text, message) => {
    expect(errorOf(() => parseDarknetCfg(text, "x.cfg"))).toBe(message);
  });

  test.each<[string, string[], string]>([
    [
      "an unknown layer",
      ["[crnn]"],
      'FormatError: darknet "model.cfg": line 5: layer 0 [crnn]: this kind of layer is not supported',
    ],
    [
      "an unknown activation",
      ["[convolutional]", "activation=gelu"],
      'FormatError: darknet "model.cfg": line 5: layer 0 [convolutional]: activation "gelu" is not supported, ' +
        "expected linear, relu, relu6, leaky, logistic, mish, swish, tanh, elu",
    ],
    [
      "a size that is no number",
      ["[convolutional]", "size=three"],
      'FormatError: darknet "model.cfg": line 5: layer 0 [convolutional]: size=three is not a number',
    ],
    [
      "a layer that does not exist",
      ["[route]", "layers=-2"],
      'FormatError: darknet "model.cfg": line 5: layer 0 [route]: layers=-2: no such layer',
    ],
    [
      "a huge count",
      ["[convolutional]", "filters=1e9"],
      'FormatError: darknet "model.cfg": line 5: layer 0 [convolutional]: filters=1000000000 is not valid, ' +
        "expected an integer of 1 to 65536",
    ],
  ])("names %s", (_, lines, message) => {
    expect(failure(...lines)).toBe(message);
  });

  test("without a [net] is refused", () => {
    expect(errorOf(() => parseDarknet("[convolutional]", null))).toBe(
      'FormatError: darknet "model.cfg": the first section is not [net]',
    );
  });
});

describe("readGraph", () => {
  const cfg = net("[convolutional]", "filters=1", "activation=linear");

  test("takes the text and the weights", async () => {
    const graph = await readGraph({ cfg, weights: weightsFile([0, 1, 1]) }, { name: "a.cfg" });
    expect(graph.name).toBe("a.cfg");
    expect(listParameters(graph).every(({ constant }) => constant !== null)).toBe(true);
  });

  test("asks for the weights of a configuration in bytes", async () => {
    await expect(readGraph(new TextEncoder().encode(`# made by hand\n${cfg}`))).rejects.toThrow(
      'darknet "model": pass { cfg, weights }: the weights are in a file of their own',
    );
  });

  test("names a mistake of a configuration before it looks for the weights", async () => {
    const folder = mkdtempSync(join(tmpdir(), "lightfuse-"));
    const path = join(folder, "bad.cfg");
    writeFileSync(path, net("[crnn]"));
    await expect(readGraph(path)).rejects.toThrow(
      'darknet "bad.cfg": line 5: layer 0 [crnn]: this kind of layer is not supported',
    );
    writeFileSync(path, cfg);
    await expect(readGraph(path)).rejects.toThrow(/cannot read ".*bad\.weights": no such file$/);
    rmSync(folder, { recursive: true });
  });
});
