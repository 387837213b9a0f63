/** Every kernel agrees with its contract, alone and with every stage in each of its slots. */
import { describe, expect, test } from "vitest";
import { F16 } from "../../src/f16.ts";
import { packParams } from "../../src/shaders/kernel.ts";
import type { Binding, Configuration, Kernel, Stage } from "../../src/shaders/kernel.ts";
import { KERNELS } from "../../src/shaders/kernels.ts";
import { LIBRARY } from "../../src/shaders/library.ts";
import { link } from "../../src/shaders/link.ts";
import type { LinkedShader } from "../../src/shaders/link.ts";
import { testDevice } from "../gpu/run-kernel.ts";
import { reflect } from "./reflect.ts";
import type { Reflection } from "./reflect.ts";
import { STAGES } from "./stages.ts";

const BINDINGS: Record<Binding, { name: string; access: string }> = {
  params: { name: "params", access: "read" },
  arena: { name: "arena", access: "read_write" },
  weights: { name: "weights", access: "read" },
  image: { name: "image", access: "read" },
};

/** The files in whose place a device may take another one. */
const VARIANTS: readonly NonNullable<Configuration["imports"]>[] = [
  {},
  {
    "shared/invocation": "shared/invocation-subgroup",
    "shared/weight-block": "shared/weight-block-subgroup",
    "shared/fold-lanes": "shared/fold-lanes-single",
  },
];

/** Every `.wgsl` file, by path without the extension. */
const FILES = Object.fromEntries(
  Object.entries(
    import.meta.glob<string>("../../src/shaders/**/*.wgsl", {
      query: "?raw",
      import: "default",
      eager: true,
    }),
  ).map(([path, text]) => [path.slice("../../src/shaders/".length, -".wgsl".length), text]),
);

interface Linking {
  readonly title: string;
  readonly kernel: Kernel<never>;
  readonly stages: readonly Stage[];
  readonly linked: LinkedShader;
}

type Linkings = (kernel: Kernel<never>) => Linking[];

const alone: Linkings = (kernel) =>
  VARIANTS.map((imports) => ({
    kernel,
    stages: [],
    linked: link(kernel, { imports }),
    title: kernel.name,
  }));

const withStages: Linkings = (kernel) =>
  kernel.slots.flatMap((slot) =>
    STAGES.map((stage) => ({
      kernel,
      stages: [stage],
      linked: link(kernel, { consts: {}, stages: { [slot]: [stage] } }),
      title: `${kernel.name} ${slot}=${stage.name}`,
    })),
  );

/**
 * As models with 16-bit storage link it; the kernels that convert bind buffers of both kinds, and
 * those that measure a device are part of no model.
 */
const inHalf = (kernel: Kernel<never>): Linking[] =>
  VARIANTS.map((imports) => ({
    kernel,
    stages: [],
    linked: link(kernel, { imports: { ...F16.imports, ...imports }, files: F16.files }),
    title: `${kernel.name} in 16-bit storage`,
  })).filter(() => !/^(?:f16|probe)\//.test(kernel.name));

const structOf = (reflection: Reflection, name: string) =>
  reflection.structs
    .find((struct) => struct.name === name)
    ?.members.map((member) => [member.name, member.type.name, member.offset]);

const fieldsOf = (params: Kernel<never>["params"]) =>
  params.map(([name, type], i) => [name, type, 4 * i]);

function compareWithContract({ kernel, linked, stages }: Linking): void {
  const reflection = reflect(linked.code);
  const [own, ofStages = []] = reflection.getBindGroups();
  const declared = own.map(({ name, access, binding }) => ({ name, access, binding }));
  expect(declared).toEqual(
    kernel.bindings.map((kind, binding) => ({ ...BINDINGS[kind], binding })),
  );
  expect(structOf(reflection, "Params")).toEqual(fieldsOf(kernel.params));
  expect(reflection.entry.compute.map(({ name }) => name)).toEqual(["main"]);

  const overrides = reflection.overrides.map(({ name }) => name);
  const stageOverrides = Object.keys(linked.overrides);
  const expected = new Set([...kernel.overrides, ...stageOverrides]);
  expect(new Set(overrides)).toEqual(expected);

  expect(ofStages).toHaveLength(linked.uniforms.length);
  for (const [binding, stage] of linked.uniforms.entries()) {
    expect(stages).toContain(stage);
    const members = ofStages[binding].members?.map((m) => [m.name, m.type.name, m.offset]);
    expect(members).toEqual(fieldsOf(stage.params!));
  }
}

describe.each(KERNELS.map((kernel) => [kernel.name, kernel] as const))("%s", (_, kernel) => {
  describe.each<[how: string, linkings: Linkings, tags: string[]]>([
    ["alone", alone, []],
    ["with every stage in each slot", withStages, ["slow"]],
  ])("%s", (_how, linkings, tags) => {
    test(
      "declares the bindings, fields, overrides and entry point of its contract",
      { tags },
      () => {
        for (const linking of linkings(kernel)) {
          try {
            compareWithContract(linking);
          } catch (error) {
            throw new Error(linking.title, { cause: error });
          }
        }
      },
    );

    test("compiles", { tags }, async () => {
      const { gpu } = await testDevice();
      const modules = linkings(kernel).map(({ title, linked }) => {
        const module = gpu.createShaderModule({ label: title, code: linked.code });
        return { title, info: module.getCompilationInfo() };
      });
      for (const { title, info } of modules) {
        const messages = (await info).messages.map(({ type, message }) => `${type}: ${message}`);
        expect(messages, title).toEqual([]);
      }
    });
  });

  test("keeps its contract with 16-bit storage, and binds no other memory", () => {
    for (const linking of inHalf(kernel)) {
      compareWithContract(linking);
      const { code } = linking.linked;
      expect(code).toMatch(/^enable f16;$/m);
      const memory = [...code.matchAll(/^@group\(0\).* var<storage.*?> (\w+): (.*);$/gm)];
      expect(memory.map(([, name]) => name)).toContain("arena");
      for (const [, , type] of memory) expect(type).toMatch(/^array<(f16|vec4<f16>)>$/);
    }
  });

  test("has the consts and slots of its contract, and no others", () => {
    const { code } = link(kernel);
    const own = code.slice(code.lastIndexOf("// ---- "));
    for (const name of kernel.consts) expect(own).toMatch(new RegExp(`^const ${name}\\b`, "m"));
    const slots = [...own.matchAll(/^\/\/#slot (\w+)$/gm)].map(([, slot]) => slot);
    expect(slots).toEqual(kernel.slots);
    for (const slot of slots)
      expect(own).toContain(`fn ${slot}(value: vec4f, place: Place) -> vec4f`);
  });

  test("has a field of each name once", () => {
    const names = kernel.params.map(([name]) => name);
    expect(new Set(names).size).toBe(names.length);
    expect(packParams(kernel.params, {}).byteLength).toBe(Math.max(16, 4 * names.length));
  });
});

test("a contract that differs from its shader is found", () => {
  const [kernel] = KERNELS;
  const linked = link(kernel);
  const { params, overrides, bindings } = kernel;
  const wrong: Partial<Kernel<never>>[] = [
    { params: [params[1], params[0], ...params.slice(2)] },
    { params: params.slice(1) },
    { params: [[params[0][0], "f32"], ...params.slice(1)] },
    { overrides: [...overrides, "MISSING"] },
    { overrides: [] },
    { bindings: bindings.slice(0, 2) },
    { bindings: ["params", "weights", "arena"] },
  ];
  const comparison = (changed: Partial<Kernel<never>>) => () =>
    compareWithContract({
      title: "",
      kernel: { ...kernel, ...changed },
      stages: [],
      linked,
    });
  for (const changed of wrong) expect(comparison(changed)).toThrow();
  expect(comparison({})).not.toThrow();
});

test("every kernel file has a contract", () => {
  const kernels = Object.entries(FILES).filter(([, text]) => text.includes("@compute"));
  expect(KERNELS.map(({ name }) => name).sort()).toEqual(kernels.map(([name]) => name).sort());
  for (const { name, source } of KERNELS) expect(source).toBe(FILES[name]);
});

test("every stage file is used by a stage", () => {
  const files = Object.keys(LIBRARY).filter((name) => name.startsWith("stage/"));
  const used = new Set(STAGES.map(({ name }) => name));
  // Includes of the stages with two operands.
  expect(files.filter((name) => !used.has(name))).toEqual([
    "stage/operand-held",
    "stage/operand-table",
    "stage/operand",
  ]);
});

test.each(Object.keys(FILES))("%s.wgsl parses as it stands", (name) => {
  expect(() => reflect(FILES[name])).not.toThrow();
});

const SLOW = { timeout: 120_000, tags: ["slow"] };

test("all kernels become pipelines with their defaults", SLOW, async () => {
  const { gpu, pipelines, traits } = await testDevice();
  gpu.pushErrorScope("validation");
  for (const kernel of KERNELS) {
    const { name, bindings, params } = kernel;
    for (const imports of traits.subgroups ? VARIANTS : VARIANTS.slice(0, 1)) {
      const { pipeline } = await pipelines.get({
        label: name,
        code: link(kernel, { imports }).code,
        overrides: {},
        bindings,
        paramBytes: packParams(params, {}).byteLength,
        stageBytes: [],
      });
      expect(pipeline.label).toBe(name);
    }
  }
  expect(await gpu.popErrorScope()).toBeNull();
});
