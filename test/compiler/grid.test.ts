/** Grids that a device does not allow. */
import { expect, test } from "vitest";
import { compile } from "../../src/compiler/compile.ts";
import { foldGrid } from "../../src/compiler/grid.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { TRAITS } from "./graphs.ts";

test("a grid within the limits stays as it is", () => {
  expect(foldGrid([65_535, 1, 65_535], 65_535)).toBeNull();
});

test("a longer grid is folded into rows", () => {
  expect(foldGrid([1, 70_000, 3], 65_535)).toEqual({
    workgroups: [459, 458, 1],
    overrides: { GRID_WIDTH: 459, GRID_X: 1, GRID_Y: 70_000, GRID_Z: 3 },
    imports: { "shared/grid": "shared/grid-folded" },
  });
});

test("a batch of more images than a grid is deep compiles", () => {
  const builder = new GraphBuilder("batch");
  const x = builder.input("x", [70_000, 4, 1, 1]);
  builder.output("y", builder.op("unary", [x], { kind: "relu" }));
  const [dispatch] = compile(builder.graph, TRAITS).dispatches.filter(
    ({ kernel }) => kernel === "elementwise/map",
  );
  expect(Math.max(...dispatch.workgroups)).toBeLessThanOrEqual(65_535);
  expect(dispatch.overrides.GRID_Z).toBe(70_000);
});
