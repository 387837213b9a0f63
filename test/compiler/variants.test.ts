/** Which variants can compute a site, how sites are named, and how a table chooses between them. */
import { describe, expect, test } from "vitest";
import { compile } from "../../src/compiler/compile.ts";
import { selectVariant } from "../../src/compiler/select.ts";
import {
  chooseBy,
  FAMILIES,
  firstVariant,
  readsOfVariant,
  variantsOf,
  variantText,
  withChoices,
} from "../../src/compiler/variants.ts";
import type { SeenSite } from "../../src/compiler/variants.ts";
import type { AnyVariant } from "../../src/compiler/variants/family.ts";
import { siteKey } from "../../src/compiler/variants/site.ts";
import type { Site } from "../../src/compiler/variants/site.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { network } from "../../src/blocks/networks.ts";
import type { DeviceTraits } from "../../src/shaders/kernel.ts";
import { conv, LOWER_TABLE, TRAITS, withZeros } from "./graphs.ts";

const DEVICES: readonly (readonly [string, DeviceTraits])[] = [
  ["a processor", TRAITS],
  ["an integrated GPU", { ...TRAITS, software: false, integrated: true }],
  ["a discrete GPU", { ...TRAITS, software: false }],
  ["a GPU without subgroups", { ...TRAITS, software: false, subgroups: false }],
];

const ATTRIBUTES = { stride: [1, 1], padding: [0, 0, 0, 0], dilation: [1, 1], groups: 1 } as const;

const POINTWISE: Site = {
  op: "conv2d",
  x: [1, 24, 56, 56],
  y: [1, 144, 56, 56],
  weight: [144, 24, 1, 1],
  attributes: ATTRIBUTES,
  load: [],
  operands: 0,
};

/** A pointwise convolution, a residual on its store. */
function residual(): Graph {
  const builder = new GraphBuilder("residual");
  const x = builder.input("x", [1, 8, 14, 14]);
  builder.output("y", builder.binary("add", x, conv(builder, x, { out: 8 })));
  return builder.graph;
}

function seenOf(graph: Graph, device: DeviceTraits, choices = {}): SeenSite[] {
  const seen: SeenSite[] = [];
  compile(
    graph,
    device,
    {},
    withChoices(LOWER_TABLE, choices, (site) => seen.push(site)),
  );
  return seen;
}

describe("the key of a site", () => {
  test("says all that the choice depends on", () => {
    expect(siteKey(POINTWISE)).toBe(
      "conv2d x=1x24x56x56 w=144x24x1x1 y=1x144x56x56 s=1x1 p=0x0x0x0 d=1x1 g=1",
    );
  });

  test("names what rides on load and store, and filters of one tap", () => {
    const branches = [
      { name: "a", start: 0, channels: 64, isCentre: true },
      { name: "b", start: 64, channels: 80, isCentre: false },
    ];
    const site = { ...POINTWISE, attributes: { ...ATTRIBUTES, branches } };
    expect(siteKey({ ...site, load: ["mul"], operands: 1 })).toMatch(
      / g=1 centre=64 load=mul operands=1$/,
    );
  });

  test("is that of a model's node with what was fused", () => {
    const [{ key, node }] = seenOf(residual(), TRAITS);
    expect(key).toBe(
      "conv2d x=1x8x14x14 w=8x8x1x1 y=1x8x14x14 s=1x1 p=0x0x0x0 d=1x1 g=1 operands=1",
    );
    expect(node).not.toBe("");
  });
});

describe.each(DEVICES)("the variants of %s", (_, device) => {
  test("begin with what select gives, each is there once, and JSON holds them", () => {
    const first = selectVariant({ ...POINTWISE, attributes: ATTRIBUTES }, device);
    const variants = variantsOf(POINTWISE, device, first);
    expect(variants[0]).toBe(first);
    expect(variants.length).toBeGreaterThan(4);
    expect(new Set(variants.map(variantText)).size).toBe(variants.length);
    expect(JSON.parse(JSON.stringify(variants))).toEqual(variants);
    expect(variantsOf(POINTWISE, device, first)).toEqual(variants);
  });

  test("fit the workgroups of the device", () => {
    const small = { ...device, maxInvocationsPerWorkgroup: 32 };
    const sizes = FAMILIES.flatMap((family) => family.variantsOf(POINTWISE, small)).map(
      (variant) => (variant as { workgroup?: number }).workgroup ?? 1,
    );
    expect(sizes.length).toBeGreaterThan(0);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(32);
  });

  test.each(["mobilenet_v2", "shufflenet_v2_x1_0", "resnext50_32x4d", "squeezenet1_1"])(
    "are several at every site of %s, the first one taken",
    (id) => {
      const seen = seenOf(withZeros(network(id)), device);
      expect(seen.length).toBeGreaterThan(15);
      for (const { variants, chosen } of seen) {
        expect(variants.length).toBeGreaterThan(1);
        expect(chosen).toBe(variants[0]);
      }
    },
    60_000,
  );
});

test("weights are loaded plainly where a probe found that faster", () => {
  const gpu = { ...TRAITS, software: false };
  const costs = { fma: 0.001, load: 0.01, barrier: 0.01, dispatch: 3000 };
  const [slow, fast, none, processor] = [
    { ...gpu, costs: { ...costs, broadcast: 0.02 } },
    { ...gpu, costs: { ...costs, broadcast: 0.005 } },
    { ...gpu, costs: { ...costs, broadcast: null } },
    { ...TRAITS, costs: { ...costs, broadcast: 0.02 } },
  ].map((device) => {
    const selected = selectVariant({ ...POINTWISE, attributes: ATTRIBUTES }, device);
    return firstVariant(POINTWISE, device, selected);
  });
  expect(slow).toHaveProperty("plain", true);
  for (const variant of [fast, none, processor]) expect(variant).not.toHaveProperty("plain");
});

describe("what rides is priced by the kernel that is preferred", () => {
  const discrete = { ...TRAITS, software: false };
  const graphOf = (ins: number, out: number, size: number, kernel = 1): Graph => {
    const builder = new GraphBuilder("one");
    const x = builder.input("x", [1, ins, size, size]);
    const border = kernel >> 1;
    const padding = [border, border, border, border] as const;
    builder.output("y", conv(builder, x, { out, kernel, padding }));
    return builder.graph;
  };

  test.each<[string, Graph, number, number]>([
    // Tiles of 32 channels, two passes; none is held.
    ["pointwise-shared", graphOf(64, 64, 56), 56 * 56 * 16 * 2, 56 * 56 * 16 * 2],
    // Tiles of one quad and two pixels, which share what is held.
    ["pointwise-split", graphOf(960, 160, 7), 49 * 240 * 40, (49 * 240 * 40) / 2],
    ["direct-split", graphOf(512, 512, 7, 3), 49 * 9 * 128 ** 2, (49 * 9 * 128 ** 2) / 2],
    // 784 tiles, each of which loads 32 times for 16 channels of y.
    ["winograd", graphOf(64, 64, 56, 3), 784 * 32 * 16 * 4, 784 * 32 * 16 * 4],
  ])("%s", (kernel, graph, evaluations, holds) => {
    const [node] = graph.nodes;
    expect(seenOf(graph, discrete)[0].chosen.kernel).toBe(kernel);
    expect(readsOfVariant(node, discrete)).toEqual({ evaluations, holds });
    expect(readsOfVariant(node, TRAITS)).toBeNull();
  });

  test("not where select chooses, or the operator is another", () => {
    expect(readsOfVariant(graphOf(8, 8, 14).nodes[0], discrete)).toBeNull();
    const builder = new GraphBuilder("relu");
    builder.output("y", builder.unary(builder.input("x", [1, 64, 56, 56]), { kind: "relu" }));
    expect(readsOfVariant(builder.graph.nodes[0], discrete)).toBeNull();
  });

  test("so that batch norms ride on kernels that read once, where tiles in registers would not", () => {
    const dense = withZeros(network("densenet121"));
    const table = withChoices(LOWER_TABLE, {});
    const plan = compile(dense, discrete, {}, table);
    const { planLoads } = LOWER_TABLE;
    const asSelected = compile(dense, discrete, {}, { ...table, planLoads });
    expect(plan.dispatches.length).toBeLessThan(asSelected.dispatches.length);
    const [reader] = plan.dispatches.filter(
      ({ kernel, fused }) => kernel === "conv/pointwise-shared" && fused.load_x.length > 0,
    );
    expect(reader).toBeDefined();
  });
});

describe("a table of choices", () => {
  const [{ key, variants }] = seenOf(residual(), TRAITS);

  test("decides where it names a variant of the site, whatever the order of its fields", () => {
    const { kernel, ...shape } = variants[3];
    const turned = { ...Object.fromEntries(Object.entries(shape).reverse()), kernel } as AnyVariant;
    const [{ chosen }] = seenOf(residual(), TRAITS, { [key]: turned });
    expect(chosen).toEqual(variants[3]);
  });

  test("changes the kernel's tile in the plan", () => {
    const tiles = variants.map((variant) => {
      const table = withChoices(LOWER_TABLE, { [key]: variant });
      const [dispatch] = compile(residual(), TRAITS, {}, table).dispatches.filter(
        ({ kernel }) => kernel === "conv/pointwise",
      );
      const { pixels, quads, workgroup } = variant as unknown as Record<string, number>;
      expect(dispatch.code).toContain(`const TILE_PIXELS = ${pixels}u;`);
      expect(dispatch.code).toContain(`const TILE_QUADS = ${quads}u;`);
      expect(dispatch.overrides.WORKGROUP).toBe(workgroup);
      return dispatch.code;
    });
    expect(new Set(tiles).size).toBeGreaterThan(3);
  });

  test.each([
    ["a kernel that is not there", { kernel: "toString" }],
    ["a kernel for other layers", { kernel: "depthwise", height: 1, width: 4, workgroup: 8 }],
    ["a tile that is not listed", { kernel: "pointwise", pixels: 9999, quads: 1, workgroup: 8 }],
  ])("leaves a site to select where it names %s", (_, wrong) => {
    const [{ chosen }] = seenOf(residual(), TRAITS, { [key]: wrong });
    expect(chosen).toEqual(variants[0]);
  });

  test("with names of JavaScript's own for sites chooses nothing", () => {
    const choices = JSON.parse('{"__proto__": {"kernel": "pointwise"}}') as Record<
      string,
      AnyVariant
    >;
    expect(seenOf(residual(), TRAITS, choices)[0].chosen).toEqual(variants[0]);
  });

  test("may be empty", () => {
    const plain = compile(residual(), TRAITS, {}, LOWER_TABLE);
    const chosen = compile(residual(), TRAITS, {}, { ...LOWER_TABLE, choose: chooseBy({}) });
    expect(chosen.dispatches).toEqual(plain.dispatches);
  });
});
