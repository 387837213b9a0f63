/** Normalisation kernels against the reference. */
import { describe, expect, test } from "vitest";
import type { Shape, Tensor } from "../../src/graph/tensor.ts";
import { group } from "../../src/shaders/norm/group.ts";
import { layer } from "../../src/shaders/norm/layer.ts";
import { localResponse } from "../../src/shaders/norm/local-response.ts";
import { unaryStage } from "../../src/shaders/stage/stages.ts";
import { apply, noise } from "../reference/apply.ts";
import { Arena, DEVICES, check } from "./arena.ts";

const epsilon = 1e-5;

/** Numbers around 1000: without the second pass their variance would be lost. */
const far = (x: Tensor): Tensor => ({ ...x, data: Float32Array.from(x.data, (v) => v + 1000) });

const RUNS: readonly (readonly [Shape, number])[] = [
  [[5, 7], 7],
  [[1, 1000], 1000],
  [[3, 70, 2], 140],
  [[200, 3], 3],
  [[9, 1], 1],
];

/** Shape and groups: of one channel, of two, and of whole quads. */
const GROUPS: readonly (readonly [Shape, number])[] = [
  [[1, 5, 7, 7], 5],
  [[2, 6, 9, 11], 3],
  [[1, 2, 1, 3], 1],
  [[3, 16, 1, 2], 4],
  [[2, 24, 5, 3], 2],
  [[1, 8, 33, 31], 1],
];

describe.each(DEVICES)("on %s", (_, traits) => {
  test.each(RUNS.map(([shape, size]) => [size, shape.join("x"), shape] as const))(
    "layer norm over runs of %i of x=%s equals the reference",
    async (size, _name, shape) => {
      for (const x of [noise(shape, 1), far(noise(shape, 1))]) {
        const runs = { ...x, shape: [x.data.length / size, size] };
        const output = apply("layerNorm", [runs], { axis: 1, epsilon });
        const arena = new Arena();
        const spec = { x: arena.flat(shape, x), y: arena.flat(shape), size, epsilon };
        const expected = [[spec.y, output]] as const;
        await check({ kernel: layer, spec, arena, traits, expected });
      }
    },
  );

  test.each(GROUPS.map(([shape, groups]) => [shape.join("x"), groups, shape] as const))(
    "group norm of x=%s in %i groups equals the reference",
    async (_name, groups, shape) => {
      for (const x of [noise(shape, 2), far(noise(shape, 2))]) {
        const output = apply("groupNorm", [x], { groups, epsilon });
        const arena = new Arena();
        const spec = { x: arena.quads(shape, x), y: arena.quads(shape), groups, epsilon };
        const expected = [[spec.y, output]] as const;
        await check({ kernel: group, spec, arena, traits, expected });
      }
    },
  );

  test("local response norm takes neither unused lanes nor channels that are not there", async () => {
    const x = noise([2, 6, 3, 2], 3);
    const attributes = { before: 5, after: 3, alpha: 0.5, beta: 0.75, bias: 0.25 };
    const output = apply("localResponseNorm", [x], attributes);
    const arena = new Arena();
    const spec = { x: arena.quads(x.shape, x), y: arena.quads(x.shape), attributes };
    await check({ kernel: localResponse, spec, arena, traits, expected: [[spec.y, output]] });
  });
});

test("normalisations apply stages to what they store", async () => {
  const x = noise([1, 8, 3, 3], 4);
  const stages = { store_y: [unaryStage({ kind: "relu" })!] };
  const relu = (y: Tensor) => apply("unary", [y], { kind: "relu" });
  const spec = (arena: Arena) => ({ x: arena.quads(x.shape, x), y: arena.quads(x.shape) });

  const grouped = new Arena();
  const groupSpec = { ...spec(grouped), groups: 2, epsilon };
  const y = relu(apply("groupNorm", [x], { groups: 2, epsilon }));
  expect(group.slots).toEqual(["store_y"]);
  await check({
    kernel: group,
    spec: groupSpec,
    arena: grouped,
    stages,
    expected: [[groupSpec.y, y]],
  });

  const local = new Arena();
  const attributes = { before: 1, after: 1, alpha: 1, beta: 0.5, bias: 1 };
  const localSpec = { ...spec(local), attributes };
  const z = relu(apply("localResponseNorm", [x], attributes));
  await check({
    kernel: localResponse,
    spec: localSpec,
    arena: local,
    stages,
    expected: [[localSpec.y, z]],
  });
});
