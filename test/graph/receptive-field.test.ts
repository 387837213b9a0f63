/** Receptive fields and jumps: by hand for operators, published values for networks. */
import { describe, expect, it } from "vitest";
import { focus } from "../../src/blocks/focus.ts";
import { network } from "../../src/blocks/networks.ts";
import { Scope } from "../../src/blocks/scope.ts";
import type { Conv2dAttributes, Pair } from "../../src/graph/attributes.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph, Value } from "../../src/graph/graph.ts";
import { receptiveFields } from "../../src/graph/receptive-field.ts";

type Attributes = Partial<Conv2dAttributes>;

function conv(
  builder: GraphBuilder,
  x: Value,
  [h, w]: Pair = [3, 3],
  attributes: Attributes = {},
): Value {
  const key = `weight_${builder.graph.nodes.length}`;
  const { groups = 1 } = attributes;
  const weight = builder.parameter(key, [4, x.shape[1] / groups, h, w]);
  return builder.conv2d(x, weight, null, attributes);
}

/** `size` and `jump` along rows and columns of what `make` gives for a 1x4x64x64 image. */
function seen(make: (builder: GraphBuilder, x: Value) => Value, shape = [1, 4, 64, 64]) {
  const builder = new GraphBuilder("test");
  const y = make(builder, builder.input("x", shape));
  const [h, w] = receptiveFields(builder.graph).get(y)!;
  return { size: [h.size, w.size], jump: [h.jump, w.jump], whole: h.whole && w.whole };
}

const local = (size: number, jump: number) => ({
  size: [size, size],
  jump: [jump, jump],
  whole: false,
});
const image = { size: [null, null], jump: [null, null], whole: true };

describe("the receptive field", () => {
  it("of two 3x3 convolutions is 5, of three 7", () => {
    expect(seen((b, x) => conv(b, conv(b, x)))).toEqual(local(5, 1));
    expect(seen((b, x) => conv(b, conv(b, conv(b, x))))).toEqual(local(7, 1));
  });

  it("does not depend on padding", () => {
    const padding = [1, 1, 1, 1] as const;
    expect(seen((b, x) => conv(b, conv(b, x, [3, 3], { padding })))).toEqual(local(5, 1));
  });

  it("of a dilated 3x3 grows by twice its dilation", () => {
    expect(seen((b, x) => conv(b, conv(b, x), [3, 3], { dilation: [4, 4] }))).toEqual(local(11, 1));
  });

  it("grows by the jump after a stride", () => {
    const stride = [2, 2] as const;
    const twice = (b: GraphBuilder, x: Value) =>
      conv(b, conv(b, x, [3, 3], { stride }), [3, 3], { stride });
    expect(seen(twice)).toEqual(local(7, 4));
    expect(seen((b, x) => conv(b, twice(b, x)))).toEqual(local(15, 4));
  });

  it("differs along rows and columns", () => {
    const wide = (b: GraphBuilder, x: Value) =>
      conv(b, conv(b, x, [1, 7], { stride: [1, 3] }), [5, 2], { dilation: [2, 1] });
    expect(seen(wide)).toEqual({ size: [9, 10], jump: [1, 3], whole: false });
  });

  it("of an addition or a concatenation is the greatest", () => {
    const padding = [1, 1, 1, 1] as const;
    const both = (b: GraphBuilder, x: Value) =>
      [conv(b, x, [1, 1]), conv(b, x, [3, 3], { padding })] as const;
    expect(seen((b, x) => b.binary("add", ...both(b, x)))).toEqual(local(3, 1));
    expect(seen((b, x) => b.concat(both(b, x)))).toEqual(local(3, 1));
  });

  it("of a global pool is the image, and a gate leaves the window as it is", () => {
    const pool = (b: GraphBuilder, x: Value) => b.op("globalAveragePool", [x], {});
    const mean = (b: GraphBuilder, x: Value) =>
      b.op("reduce", [x], { kind: "mean", axes: [2, 3], keepDims: true });
    expect(seen((b, x) => conv(b, pool(b, x), [1, 1]))).toEqual(image);
    expect(seen(mean)).toEqual(image);
    const gated = (b: GraphBuilder, x: Value) => {
      const y = conv(b, x, [3, 3], { stride: [2, 2] });
      return b.binary("mul", y, pool(b, y));
    };
    expect(seen(gated)).toEqual({ ...local(3, 2), whole: true });
  });

  it("of a mean over rows is the whole height only", () => {
    const rows = (b: GraphBuilder, x: Value) =>
      b.op("reduce", [conv(b, x)], { kind: "mean", axes: [2], keepDims: false });
    expect(seen(rows)).toEqual({ size: [null, 3], jump: [null, 1], whole: false });
  });

  it("of a fully connected layer is the image where it reads several pixels", () => {
    const connect = (b: GraphBuilder, x: Value) => {
      const flat = b.reshape(x, [1, x.shape[1] * x.shape[2] * x.shape[3]]);
      return b.linear(flat, b.parameter("last", [2, flat.shape[1]]), null);
    };
    expect(seen((b, x) => connect(b, conv(b, x)))).toEqual(image);
    const pixel = { size: [64, 64], jump: [null, null], whole: false };
    expect(seen((b, x) => connect(b, conv(b, x, [64, 64])))).toEqual(pixel);
  });

  it("divides the jump where the image grows", () => {
    const resize = (mode: "nearest" | "linear") => (b: GraphBuilder, x: Value) =>
      b.op("resize", [conv(b, x, [2, 2], { stride: [2, 2] })], {
        mode,
        size: [64, 64],
        coordinates: "half_pixel",
        rounding: "floor",
      });
    expect(seen(resize("nearest"))).toEqual(local(2, 1));
    // Two of the input's pixels, 2 apart.
    expect(seen(resize("linear"))).toEqual(local(4, 1));
  });

  it("of a transposed convolution is what reaches one pixel", () => {
    const transposed = (b: GraphBuilder, x: Value) =>
      b.op(
        "convTranspose2d",
        [conv(b, x, [2, 2], { stride: [2, 2] }), b.parameter("up", [4, 4, 4, 4])],
        {
          stride: [2, 2],
          padding: [1, 1, 1, 1],
          dilation: [1, 1],
          groups: 1,
          outputPadding: [0, 0],
        },
      );
    expect(seen(transposed)).toEqual(local(4, 1));
  });

  it("follows pixels through space-to-depth, channel shuffle and NHWC", () => {
    expect(seen((b, x) => focus(new Scope(b), x))).toEqual(local(2, 2));
    const blocks = (b: GraphBuilder, x: Value) => {
      const cut = b.transpose(b.reshape(x, [1, 4, 32, 2, 32, 2]), [0, 3, 5, 1, 2, 4]);
      return conv(b, b.reshape(cut, [1, 16, 32, 32]));
    };
    expect(seen(blocks)).toEqual(local(6, 2));
    const shuffled = (b: GraphBuilder, x: Value) => {
      const groups = b.transpose(b.reshape(conv(b, x), [1, 2, 2, 62, 62]), [0, 2, 1, 3, 4]);
      return conv(b, b.reshape(groups, [1, 4, 62, 62]));
    };
    expect(seen(shuffled)).toEqual(local(5, 1));
    const last = (b: GraphBuilder, x: Value) => conv(b, b.transpose(x, [0, 3, 1, 2]), [3, 5]);
    expect(seen(last, [1, 64, 32, 4]).size).toEqual([3, 5]);
  });

  it("puts the pixels of depth-to-space closer together", () => {
    const shuffled = (b: GraphBuilder, x: Value) => {
      const y = conv(b, x, [2, 2], { stride: [2, 2] });
      const cut = b.transpose(b.reshape(y, [1, 1, 2, 2, 32, 32]), [0, 1, 4, 2, 5, 3]);
      return b.reshape(cut, [1, 1, 64, 64]);
    };
    expect(seen(shuffled)).toEqual(local(2, 1));
  });

  it("is absent where no image is read", () => {
    const builder = new GraphBuilder("rows");
    const y = builder.unary(builder.input("x", [3, 4]), { kind: "relu" });
    expect(receptiveFields(builder.graph).get(y)).toBeUndefined();
  });
});

/** The last value that has neighbours in both directions: what goes into the classifier. */
function features(graph: Graph): Value {
  const fields = receptiveFields(graph);
  return graph.nodes
    .flatMap(({ outputs }) => outputs)
    .findLast((value) => value.shape.length === 4 && fields.get(value)?.[0].jump)!;
}

describe("the receptive field of the last features", () => {
  // Araujo et al., Computing Receptive Fields of Convolutional Neural Networks (Distill 2019), table 1;
  // its ResNets have the stride in the first 1x1, as the SE-ResNet-50 of Caffe has.
  it.each([
    ["alexnet", 195],
    ["vgg16", 212],
    ["mobilenetv1_100", 315],
    ["inception_v3", 1311],
    ["legacy_seresnet50", 483],
    // By hand, stride in the 3x3: 11 + 3*8, + 8 + 3*16, + 16 + 5*32, + 32 + 2*64.
    ["resnet50", 427],
    // By hand: 3x3 of two pixels more each, the 2x2 pools between them of one.
    ["densenet121", 11 + 6 * 8 + 4 + 12 * 16 + 8 + 24 * 32 + 16 + 16 * 64],
  ])("of %s is %i at a stride of 32", (id, size) => {
    const graph = network(id);
    const [h, w] = receptiveFields(graph).get(features(graph))!;
    expect([h.size, w.size, h.jump, w.jump]).toEqual([size, size, 32, 32]);
  });
});
