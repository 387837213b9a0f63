/** Contracts of kernels from outside of the package: what differs from the text is named. */
import { describe, expect, test } from "vitest";
import { ShaderError } from "../../src/graph/errors.ts";
import { defineKernel } from "../../src/shaders/define-kernel.ts";
import type { KernelDefinition } from "../../src/shaders/define-kernel.ts";
import type { Configuration } from "../../src/shaders/kernel.ts";
import { TRAITS } from "../compiler/graphs.ts";

const SOURCE = `// Copies quads.
//#import shared/memory
//#import shared/place
//#import shared/invocation

override WORKGROUP: u32 = 64;
const TILE = 2u;

struct Params {
  x: u32, // of the first quad
  y: u32,
  shift: i32,
  scale: f32,
}
@group(0) @binding(0) var<uniform> params: Params;

//#slot store_y
fn store_y(value: vec4f, place: Place) -> vec4f { return value; }

@compute @workgroup_size(WORKGROUP)
fn main(at: Invocation) {
  store(params.y, store_y(load(params.x), Place(0u, 0u, 0u)));
}
`;

const CONFIGURATION: Configuration = {
  overrides: { WORKGROUP: 8 },
  consts: { TILE: 1 },
  params: { x: 0, y: 4, shift: -1, scale: 0.5 },
  workgroups: [1, 1, 1],
};

const DEFINITION: KernelDefinition<Configuration> = {
  name: "mine/copy",
  source: SOURCE,
  params: [
    ["x", "u32"],
    ["y", "u32"],
    ["shift", "i32"],
    ["scale", "f32"],
  ],
  overrides: ["WORKGROUP"],
  consts: ["TILE"],
  slots: ["store_y"],
  configure: (configuration) => configuration,
};

const define = (changed: Partial<KernelDefinition<Configuration>>) => () =>
  defineKernel({ ...DEFINITION, ...changed });

describe("a contract", () => {
  test("that agrees with its text is a kernel", () => {
    const kernel = defineKernel(DEFINITION);
    expect(kernel.bindings).toEqual(["params", "arena", "weights"]);
    expect(kernel.configure(CONFIGURATION, TRAITS)).toBe(CONFIGURATION);
  });

  test("agrees with a text that has the line ends of Windows", () => {
    const source = SOURCE.replaceAll("\n", "\r\n");
    expect(defineKernel({ ...DEFINITION, source }).source).toBe(SOURCE);
  });

  const { params } = DEFINITION;
  test.each<[what: string, changed: Partial<KernelDefinition<Configuration>>, message: string]>([
    [
      "a name without a slash",
      { name: "copy" },
      'kernel "copy": expected a name of the form "mine/conv-pool"',
    ],
    [
      "a missing field",
      { params: params.slice(1) },
      "mine/copy.wgsl: the contract has the fields of struct Params y: u32, shift: i32, scale: f32, " +
        "the file x: u32, y: u32, shift: i32, scale: f32",
    ],
    [
      "another type",
      { params: [["x", "i32"], ...params.slice(1)] },
      "mine/copy.wgsl: the contract has the fields of struct Params x: i32, y: u32, shift: i32, " +
        "scale: f32, the file x: u32, y: u32, shift: i32, scale: f32",
    ],
    [
      "an override too many",
      { overrides: ["WORKGROUP", "KERNEL"] },
      "mine/copy.wgsl: the contract has the overrides KERNEL, WORKGROUP, the file WORKGROUP",
    ],
    [
      "an override too few",
      { overrides: [] },
      "mine/copy.wgsl: the contract has the overrides none, the file WORKGROUP",
    ],
    [
      "an unknown const",
      { consts: ["TILES"] },
      'mine/copy.wgsl: the contract has the const "TILES", the file has TILE',
    ],
    [
      "an unknown slot",
      { slots: ["load_x", "store_y"] },
      "mine/copy.wgsl: the contract has the slots load_x, store_y, the file store_y",
    ],
    [
      "a slot of another form",
      { source: SOURCE.replace("place: Place) -> vec4f", "at: Place) -> vec4f") },
      'mine/copy.wgsl: expected "fn store_y(value: vec4f, place: Place) -> vec4f" on the line after ' +
        '"//#slot store_y"',
    ],
    [
      "no memory",
      { source: SOURCE.replace("//#import shared/memory\n", "") },
      "mine/copy.wgsl: the contract has the bindings of group 0 0: params, 1: arena, 2: weights, " +
        'the file 0: params; "//#import shared/memory" declares arena and weights',
    ],
    [
      "no entry point",
      { source: SOURCE.replace("fn main", "fn start") },
      'mine/copy.wgsl: there is no "@compute" function "main"',
    ],
    [
      "an import that is not there",
      { source: SOURCE.replace("shared/place", "mine/place") },
      'there is no shader file "mine/place.wgsl"',
    ],
  ])("with %s is refused", (_, changed, message) => {
    expect(define(changed)).toThrow(new ShaderError(message));
  });

  test("has imports of its own", () => {
    const source = SOURCE.replace("shared/place", "mine/place");
    const files = { "mine/place": "struct Place { image: u32, quad: u32, pixel: u32 }\n" };
    expect(defineKernel({ ...DEFINITION, source, files }).files).toEqual(files);
  });
});

describe("a configuration", () => {
  const kernel = defineKernel(DEFINITION);
  const configure = (changed: Partial<Configuration>) => () =>
    kernel.configure({ ...CONFIGURATION, ...changed }, TRAITS);

  test.each<[what: string, changed: Partial<Configuration>, message: string]>([
    [
      "an unknown field",
      { params: { ...CONFIGURATION.params, z: 1 } },
      'mine/copy: configure gives the field "z", the contract has x, y, shift, scale',
    ],
    [
      "no number for a field",
      { params: { x: 0, y: 1, shift: 0 } },
      'mine/copy: configure gives undefined for the field "scale", expected a number of type f32',
    ],
    [
      "half a quad",
      { params: { ...CONFIGURATION.params, x: 1.5 } },
      'mine/copy: configure gives 1.5 for the field "x", expected a number of type u32',
    ],
    [
      "a negative offset",
      { params: { ...CONFIGURATION.params, y: -4 } },
      'mine/copy: configure gives -4 for the field "y", expected a number of type u32',
    ],
    [
      "an unknown override",
      { overrides: { GROUP: 1 } },
      'mine/copy: configure gives the override "GROUP", the contract has WORKGROUP',
    ],
    [
      "an unknown const",
      { consts: { TILES: 1 } },
      'mine/copy: configure gives the const "TILES", the contract has TILE',
    ],
    [
      "parts of workgroups",
      { workgroups: [1, 0.5, 1] },
      "mine/copy: configure gives [1, 0.5, 1] workgroups, expected 3 positive integers",
    ],
  ])("with %s is refused", (_, changed, message) => {
    expect(configure(changed)).toThrow(new ShaderError(message));
  });
});
