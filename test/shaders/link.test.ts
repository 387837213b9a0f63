/** The linker: imports, includes, slots, unrolled loops, and the dumps of fused kernels in use. */
import { describe, expect, test } from "vitest";
import { network } from "../../src/blocks/networks.ts";
import { compile } from "../../src/compiler/compile.ts";
import { locate } from "../../src/gpu/pipelines.ts";
import { syntheticWeights } from "../../src/graph/synthetic.ts";
import { bindWeights } from "../../src/graph/weights.ts";
import { link, topLevelNames } from "../../src/shaders/link.ts";

const KERNEL = `// A kernel.
//#import lib

const TILE = 2u;

//#slot store_y
fn store_y(value: vec4f, place: Place) -> vec4f { return value; }

fn main() {
  //#unroll
  for (var p = 0u; p < TILE; p++) {
    //#unroll
    for (var q = 0u; q < 2u * TILE; q++) {
      use(p, q);
    }
  }
}
`;

const files = {
  kernel: KERNEL,
  lib: "// A library.\nenable subgroups;\n//#import deeper\nfn use(p: u32, q: u32) {}\n",
  other: "// Another library.\nfn use(p: u32, q: u32) {}\n",
  deeper: "// Deeper.\nstruct Place { pixel: u32 }\n",
  operand: "struct Operand { offset: u32 }\n@group(1) @binding(0) var<uniform> at: Operand;\n",
  add: "// y = x + operand\n//#include operand\nfn stage(value: vec4f, place: Place) -> vec4f { return value + f32(at.offset); }\n",
  slope:
    "override SLOPE: f32 = 0.1;\nfn stage(value: vec4f, place: Place) -> vec4f { return SLOPE * value; }\n",
};

describe("link", () => {
  test("puts the files before what imports them, each once, under its name", () => {
    const { code } = link("kernel", { files });
    const parts = [...code.matchAll(/^\/\/ ---- (.*)$/gm)].map(([, name]) => name);
    expect(parts).toEqual(["deeper.wgsl", "lib.wgsl", "kernel.wgsl"]);
  });

  test("moves enable directives to the top", () => {
    expect(link("kernel", { files }).code.startsWith("enable subgroups;\n")).toBe(true);
  });

  test("imports another file in the place of one", () => {
    const { code } = link("kernel", { files, imports: { lib: "other" } });
    expect(code).toContain("// Another library.");
    expect(code).not.toContain("enable");
  });

  test("writes out nested loops with literals", () => {
    const { code } = link("kernel", { files, consts: { TILE: 1 } });
    expect(code).toContain("const TILE = 1u;");
    expect([...code.matchAll(/use\((\d)u, (\d)u\)/g)].map(([, p, q]) => p + q)).toEqual([
      "00",
      "01",
    ]);
    expect(code).not.toContain("for (");
  });

  test("composes stages in order, each use under names of its own", () => {
    const stage = { name: "add", params: [["offset", "u32"]] as const, values: { offset: 7 } };
    const slope = { name: "slope", overrides: { SLOPE: 0.5 } };
    const linked = link("kernel", { files, stages: { store_y: [stage, slope, stage] } });
    expect(linked.code).toContain("return stage_2(stage_1(stage_0(value, place), place), place);");
    expect(linked.code).toContain("@group(1) @binding(0) var<uniform> at_0: Operand_0;");
    expect(linked.code).toContain("@group(1) @binding(1) var<uniform> at_2: Operand_2;");
    expect(linked.overrides).toEqual({ SLOPE_1: 0.5 });
    expect(linked.uniforms).toEqual([stage, stage]);
  });

  test("says which file, slot or const is not there", () => {
    expect(() => link("nothing", { files })).toThrow('there is no shader file "nothing.wgsl"');
    expect(() => link("kernel", { files, stages: { load_x: [{ name: "slope" }] } })).toThrow(
      'kernel.wgsl has no slot "load_x"',
    );
    expect(() => link("kernel", { files, consts: { TILES: 3 } })).toThrow(
      "kernel.wgsl: there is no const TILES to replace",
    );
    const endless = { kernel: "//#unroll\nfor (var i = 0u; i < N; i++) {\n}\n" };
    expect(() => link("kernel", { files: endless })).toThrow(
      'kernel.wgsl: cannot unroll a loop up to "N", expected consts or numbers',
    );
  });
});

test("topLevelNames finds what a file declares", () => {
  const text =
    "struct A { x: u32 }\nconst B = 1u;\n@group(1) @binding(0) var<uniform> c: A;\nfn d() {\n  let e = 1;\n}\n";
  expect(topLevelNames(text)).toEqual(["A", "B", "c", "d"]);
});

test("locate maps a line of the linked text to its file", () => {
  const { code } = link("kernel", { files });
  const line = code.split("\n").indexOf("// A kernel.") + 1;
  expect(locate(code, line)).toBe("kernel.wgsl:1");
});

describe("the linked WGSL of fused kernels", () => {
  const traits = {
    subgroups: true,
    software: true,
    maxWorkgroupsPerDimension: 65_535,
    maxInvocationsPerWorkgroup: 256,
  };

  test.each(["squeezenet1_1", "mobilenet_v3_small"])("of %s is as it was", async (id) => {
    const graph = network(id);
    const plan = compile(bindWeights(graph, syntheticWeights(graph), "formula weights"), traits);
    const seen = new Map<string, string>();
    for (const { kernel, fused, code } of plan.dispatches) {
      const stages = Object.values(fused).flat().join("-");
      const tile = [...code.matchAll(/^const (?:TILE_\w+|KERNEL_H|STRIDE_H) = (\d+)u/gm)].map(
        ([, n]) => n,
      );
      const name = [kernel.replace("/", "-"), stages, ...tile]
        .filter((part) => part !== "")
        .join("-");
      // One of each combination: unrolled tiles differ in size only.
      if (!seen.has(`${kernel} ${stages}`))
        seen.set(`${kernel} ${stages}`, `${name}.wgsl\n${code}`);
    }
    expect(seen.size).toBeLessThanOrEqual(20);
    for (const entry of seen.values()) {
      const [name] = entry.split("\n", 1);
      await expect(entry.slice(name.length + 1)).toMatchFileSnapshot(`snapshots/${name}`);
    }
  });
});
