/** The linker: imports, includes, slots, consts, unrolled loops, its errors, and where lines come from. */
import { describe, expect, test } from "vitest";
import { locate } from "../../src/gpu/shader-error.ts";
import { ShaderError } from "../../src/graph/errors.ts";
import type { Stage } from "../../src/shaders/kernel.ts";
import { link, topLevelNames } from "../../src/shaders/link.ts";
import type { KernelText, LinkOptions } from "../../src/shaders/link.ts";

/** A kernel and the files that it may import, from their lines. */
function kernelOf(lines: Readonly<Record<string, readonly string[]>>): KernelText {
  const files = Object.fromEntries(
    Object.entries(lines).map(([name, text]) => [name, text.join("\n") + "\n"]),
  );
  return { name: "kernel", source: files.kernel, files };
}

const MAIN = ["fn main() {", "}"];

function linked(
  lines: Readonly<Record<string, readonly string[]>>,
  options: LinkOptions = {},
): string {
  return link(kernelOf(lines), options).code;
}

const occurrences = (text: string, part: string): number => text.split(part).length - 1;

describe("an import", () => {
  const library = {
    kernel: ["// The kernel.", "//#import memory", "//#import place", ...MAIN],
    memory: ["// Memory.", "//#import place", "fn load() {}"],
    place: ["// Places.", "struct Place { image: u32 }"],
  };

  test("stands before what needs it, once", () => {
    expect(linked(library)).toBe(
      [
        "// ---- place.wgsl",
        "// Places.",
        "struct Place { image: u32 }",
        "",
        "// ---- memory.wgsl",
        "// Memory.",
        "",
        "fn load() {}",
        "",
        "// ---- kernel.wgsl",
        "// The kernel.",
        "",
        "fn main() {",
        "}",
        "",
      ].join("\n"),
    );
  });

  test("can be exchanged for another file", () => {
    const other = { ...library, "place-wide": ["// Wide places.", "struct Place { x: u32 }"] };
    const code = linked(other, { imports: { place: "place-wide" } });
    expect(code).toContain("// ---- place-wide.wgsl");
    expect(code).not.toContain("// ---- place.wgsl");
  });

  test("may ask for extensions, which come first", () => {
    const code = linked({
      ...library,
      place: ["// Places.", "enable subgroups;", "const A = 1u;"],
    });
    expect(code.startsWith("enable subgroups;\n// ---- place.wgsl\n")).toBe(true);
    expect(occurrences(code, "enable")).toBe(1);
  });

  test("of a file that is not there is an error", () => {
    expect(() => linked({ kernel: ["//#import nowhere"] })).toThrow(
      new ShaderError('there is no shader file "nowhere.wgsl"'),
    );
  });
});

describe("a const", () => {
  const kernel = [
    "const TILE = 4u;",
    "const FLAG: bool = false;",
    "var<private> a: array<f32, TILE>;",
  ];

  test("keeps its default", () => {
    expect(linked({ kernel })).toContain("const TILE = 4u;\nconst FLAG: bool = false;");
  });

  test("is replaced in the text, with its type", () => {
    const code = linked({ kernel }, { consts: { TILE: 7, FLAG: true } });
    expect(code).toContain("const TILE = 7u;\nconst FLAG: bool = true;");
  });

  test("is replaced in an import too", () => {
    const lines = { kernel: ["//#import sizes", ...MAIN], sizes: ["const SIZE = 1u;"] };
    expect(linked(lines, { consts: { SIZE: 3 } })).toContain("const SIZE = 3u;");
  });

  test("that is not there is an error", () => {
    expect(() => linked({ kernel }, { consts: { TILES: 2, TILE: 2 } })).toThrow(
      new ShaderError("kernel.wgsl: there is no const TILES to replace"),
    );
  });
});

describe("a loop to unroll", () => {
  const kernel = [
    "const ROWS = 2u;",
    "fn main() {",
    "  //#unroll",
    "  for (var i = 0u; i < ROWS; i++) {",
    "    //#unroll",
    "    for (var j = 0u; j < 2u; j++) {",
    "      sum += x[i * 2u + j];",
    "    }",
    "  }",
    "  for (var i = 0u; i < 9u; i++) {",
    "    sum += f32(i);",
    "  }",
    "}",
  ];

  test("is written out with its counter as a number, and those inside of it", () => {
    const code = linked({ kernel });
    const products = [...code.matchAll(/x\[(\du) \* 2u \+ (\du)\]/g)].map(([, i, j]) => i + j);
    expect(products).toEqual(["0u0u", "0u1u", "1u0u", "1u1u"]);
    expect(code).not.toContain("ROWS;");
    // The loop that is not marked stays.
    expect(occurrences(code, "for (")).toBe(1);
    expect(occurrences(code, "{")).toBe(occurrences(code, "}"));
  });

  test("leaves the words of comments alone", () => {
    const commented = kernel.flatMap((line) =>
      line.includes("sum += x") ? [`${line} // i of j`] : [line],
    );
    expect(occurrences(linked({ kernel: commented }), "u]; // i of j")).toBe(4);
  });

  test("runs as often as a const says that was replaced", () => {
    expect(occurrences(linked({ kernel }, { consts: { ROWS: 5 } }), "sum += x")).toBe(10);
    expect(occurrences(linked({ kernel }, { consts: { ROWS: 0 } }), "sum += x")).toBe(0);
  });

  test("may run up to a product", () => {
    const lines = kernel.map((line) => line.replace("i < ROWS", "i < ROWS * 3u"));
    expect(occurrences(linked({ kernel: lines }), "sum += x")).toBe(12);
  });

  test("as often as a const says stays a loop where that is 0", () => {
    const lines = ["const TURNS = 0u;", ...kernel].map((line) =>
      line.replace(/^ {2}\/\/#unroll$/, "$& TURNS").replace("i < ROWS", "i < params.rows"),
    );
    expect(linked({ kernel: lines })).toContain("for (var i = 0u; i < params.rows; i++) {");
    expect(linked({ kernel: lines })).not.toContain("#unroll");
    const once = linked({ kernel: lines }, { consts: { TURNS: 1 } });
    expect(once).not.toContain("params.rows");
    expect(occurrences(once, "sum += x")).toBe(2);
  });

  test("up to what is not known is an error", () => {
    const lines = kernel.map((line) => line.replace("i < ROWS", "i < params.rows"));
    expect(() => linked({ kernel: lines })).toThrow(
      new ShaderError(
        'kernel.wgsl: cannot unroll a loop up to "params.rows", expected consts or numbers',
      ),
    );
  });
});

describe("a slot", () => {
  const kernel = [
    "//#slot store_y",
    "fn store_y(value: vec4f, place: Place) -> vec4f { return value; }",
    ...MAIN,
  ];
  const operand = [
    "const FLAG = false;",
    "struct Operand {",
    "  offset: u32,",
    "}",
    "@group(1) @binding(0) var<uniform> operand_at: Operand;",
    "",
    "fn operand() -> f32 { return select(0.0, 1.0, FLAG) * f32(operand_at.offset); }",
  ];
  const add = [
    "// y = x + operand",
    "//#include operand",
    "",
    "fn stage(value: vec4f, place: Place) -> vec4f {",
    "  return value + operand();",
    "}",
  ];
  const scale = [
    "override SCALE: f32 = 1.0;",
    "fn stage(value: vec4f, place: Place) -> vec4f {",
    "  return value * SCALE;",
    "}",
  ];
  const lines = { kernel, operand, add, scale };

  const params: Stage["params"] = [["offset", "u32"]];
  const first: Stage = { name: "add", params, values: { offset: 1 }, consts: { FLAG: true } };
  const second: Stage = { name: "add", params, values: { offset: 2 } };
  const scaling = (by: number): Stage => ({ name: "scale", overrides: { SCALE: by } });

  test("without stages is the identity", () => {
    const { code, uniforms, overrides } = link(kernelOf(lines));
    expect(code).toContain("fn store_y(value: vec4f, place: Place) -> vec4f { return value; }");
    expect([uniforms, overrides]).toEqual([[], {}]);
  });

  test("applies its stages in order, each under names of its own", () => {
    const stages = { store_y: [first, scaling(2), second, scaling(3)] };
    const { code, uniforms, overrides } = link(kernelOf(lines), { stages });
    expect(code).toContain(
      "return stage_3(stage_2(stage_1(stage_0(value, place), place), place), place);",
    );
    expect(overrides).toEqual({ SCALE_1: 2, SCALE_3: 3 });
    expect(uniforms).toEqual([first, second]);
    expect(topLevelNames(code)).toEqual([
      ...["FLAG_0", "Operand_0", "operand_at_0", "operand_0", "stage_0"],
      ...["SCALE_1", "stage_1"],
      ...["FLAG_2", "Operand_2", "operand_at_2", "operand_2", "stage_2"],
      ...["SCALE_3", "stage_3"],
      ...["store_y", "main"],
    ]);
  });

  test("leaves the words of comments alone", () => {
    const code = linked(
      { ...lines, add: ["// The operand of a stage.", ...add.slice(1), "// stage: operand()"] },
      { stages: { store_y: [first, second] } },
    );
    expect(occurrences(code, "// The operand of a stage.\n")).toBe(2);
    expect(occurrences(code, "// stage: operand()\n")).toBe(2);
    expect(code).toContain("return value + operand_1();");
  });

  test("gives each included text the consts of its stage", () => {
    const { code } = link(kernelOf(lines), { stages: { store_y: [first, second] } });
    expect(code).toContain("const FLAG_0 = true;");
    expect(code).toContain("const FLAG_1 = false;");
  });

  test("binds the uniforms of its stages one after the other", () => {
    const stages = { store_y: [scaling(2), first, second] };
    const { code } = link(kernelOf(lines), { stages });
    expect(code).toContain("@group(1) @binding(0) var<uniform> operand_at_1: Operand_1;");
    expect(code).toContain("@group(1) @binding(1) var<uniform> operand_at_2: Operand_2;");
  });

  test("that the kernel does not have is an error", () => {
    const stages = { load_x: [scaling(1)] };
    expect(() => linked(lines, { stages })).toThrow(
      new ShaderError('kernel.wgsl has no slot "load_x"'),
    );
    expect(() => linked(lines, { stages: { load_x: [] } })).not.toThrow();
  });
});

describe("locate", () => {
  const code = linked({
    kernel: ["// The kernel.", "//#import memory", "fn main() {", "}"],
    memory: ["// Memory.", "fn load() {}"],
  });

  test("names the file and line of a line of the module", () => {
    const lineOf = (text: string): number => code.split("\n").indexOf(text) + 1;
    expect(locate(code, lineOf("fn load() {}"))).toBe("memory.wgsl:2");
    expect(locate(code, lineOf("fn main() {"))).toBe("kernel.wgsl:3");
    expect(locate("fn main() {}", 1)).toBe("line 1");
  });
});
