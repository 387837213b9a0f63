/** The commands, as users and scripts run them. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import type { InspectReport } from "../../cli/inspect.ts";
import type { RunReport } from "../../cli/run-report.ts";
import {
  formatNpy,
  parseNpy,
  type GraphExplanation,
  type Profile,
  type Verification,
} from "../../src/index.ts";
import { lightfuse } from "./lightfuse.ts";
import { CONVOLUTION, TINY, UNSUPPORTED } from "./tiny.ts";

const folder = mkdtempSync(join(tmpdir(), "lightfuse-commands-"));
afterAll(() => rmSync(folder, { recursive: true }));

writeFileSync(join(folder, "tiny.onnx"), TINY);
writeFileSync(join(folder, "convolution.onnx"), CONVOLUTION);
writeFileSync(join(folder, "unsupported.onnx"), UNSUPPORTED);
const logits = Float32Array.from([1, 2, 4, 8], Math.log);
writeFileSync(join(folder, "x.npy"), formatNpy({ shape: [1, 4], dtype: "float32", data: logits }));

async function succeed(line: string): Promise<string> {
  const { code, stdout, stderr } = await lightfuse(line.split(" "), folder);
  expect(code, stderr).toBe(0);
  return stdout;
}

async function readJson(line: string): Promise<unknown> {
  return JSON.parse(await succeed(line));
}

describe("lightfuse", () => {
  test("lists its commands", async () => {
    const text = await succeed("--help");
    for (const name of ["run", "inspect", "explain", "profile", "tune", "verify", "networks"]) {
      expect(text).toMatch(new RegExp(`^  ${name}( |$)`, "m"));
    }
  });

  test("prints the version of the package", async () => {
    const url = new URL("../../package.json", import.meta.url);
    const { version } = JSON.parse(readFileSync(url, "utf8"));
    expect(await succeed("--version")).toBe(`${version}\n`);
  });

  test("shows the help of a command in two ways", { tags: ["slow"] }, async () => {
    expect(await succeed("help networks")).toBe(await succeed("networks --help"));
  });

  test("keeps help within 100 columns", { tags: ["slow"] }, async () => {
    for (const name of [
      "",
      "run ",
      "inspect ",
      "explain ",
      "profile ",
      "tune ",
      "verify ",
      "networks ",
    ]) {
      const lines = (await succeed(`${name}--help`)).split("\n");
      expect(lines.filter((line) => line.length > 100)).toEqual([]);
    }
  });

  test("runs in the precision that is asked for, and says which one it took", async () => {
    const auto = await succeed("run tiny.onnx --input synthetic --runs 0 --precision auto");
    expect(auto).toMatch(/^stored in f32: the device does not have "shader-f16"$/m);
    const report = await readJson("run tiny.onnx --input synthetic --runs 0 --json");
    expect(report).toMatchObject({ precision: "f32", precisionReason: null });
    for (const [asked, message] of [
      ["f16", /^lightfuse: WebGPU: precision "f16" needs the feature "shader-f16"/m],
      ["int8", /^lightfuse: --precision is "int8", expected f32, f16, auto$/m],
    ] as const) {
      const options = ["--input", "synthetic", "--precision", asked];
      const { code, stderr } = await lightfuse(["run", "tiny.onnx", ...options], folder);
      expect(code).not.toBe(0);
      expect(stderr).toMatch(message);
    }
  });

  test("runs a batch, each item as it would alone", async () => {
    const data = Float32Array.from([...logits, ...logits].map((x, i) => (i < 4 ? x : -x)));
    writeFileSync(join(folder, "x2.npy"), formatNpy({ shape: [2, 4], dtype: "float32", data }));
    await succeed("run tiny.onnx --batch 2 --input x2.npy --output batch --runs 0");
    const { shape, data: scores } = parseNpy(readFileSync(join(folder, "batch/y_scores.npy")));
    expect(shape).toEqual([2, 4]);
    const expected = [1, 2, 4, 8].map((x) => x / 15);
    const inverse = [8, 4, 2, 1].map((x) => x / 15);
    [...expected, ...inverse].forEach((x, i) => expect(scores[i]).toBeCloseTo(x, 5));
    const { rows } = (await readJson("profile tiny.onnx --batch 3 --runs 1 --json")) as Profile;
    expect(rows).toHaveLength(1);
  });

  test("lists networks, for people and for scripts", async () => {
    expect(await succeed("networks")).toMatch(/^mobilenet_v2 +MobileNetV2 .* 3\.50 M +301 M /m);
    const listed = await readJson("networks --json");
    expect(listed).toContainEqual(
      expect.objectContaining({ id: "squeezenet1_1", parameters: 1235496, macs: 349151936 }),
    );
  });
});

describe("lightfuse inspect", () => {
  test("counts parameters, multiply-accumulates and operators", async () => {
    const report = (await readJson("inspect mobilenet_v3_small --json")) as InspectReport;
    expect(report).toMatchObject({
      name: "mobilenet_v3_small",
      inputs: [{ name: "input", shape: [1, 3, 224, 224], dtype: "float32" }],
      outputs: [{ name: "logits", shape: [1, 1000], dtype: "float32" }],
      operators: { conv2d: 52, batchNorm: 34, linear: 2 },
      parameters: 2542856,
      macs: 56510400,
      unsupported: [],
    });
  });

  test("shows them in words", async () => {
    const text = await succeed("inspect squeezenet1_1");
    expect(text).toContain("parameters  1,235,496 (1.24 M)");
    expect(text).toMatch(/^ {2}conv2d +26$/m);
  });

  test("shows layer by layer what it costs and sees", { tags: ["slow"] }, async () => {
    const text = await succeed("inspect mobilenet_v3_small --layers");
    expect(text).toMatch(/^layer +operator +output +parameters +MACs +receptive field +jump /m);
    expect(text).toMatch(
      /^features\.0\.0 +conv2d 3x3 stride 2 \+ batchNorm \+ hardSwish +1x16x112x112 +464 +5\.42 M +3 +2 +784 KiB +1\.34 MiB$/m,
    );
    expect(text).toMatch(/^features\.1\.block\.1\.avgpool +globalAveragePool .* image +- +64 B /m);
    expect(text).toMatch(/^features\.1\.block\.1\.scale +mul .* 7 \+ image +4 /m);
    expect(text).toMatch(/^total +2\.54 M +56\.5 M +\S+ MiB +1\.34 MiB at most$/m);

    const report = (await readJson("inspect squeezenet1_1 --layers --json")) as InspectReport;
    expect(report.layers).toHaveLength(30);
    expect(report.layers?.[1]).toMatchObject({ op: "maxPool2d", receptiveField: [7, 7] });
    expect(report.peakBytes).toBeGreaterThan(0);
    expect(await readJson("inspect squeezenet1_1 --json")).not.toHaveProperty("layers");
  });

  test(
    "goes on when operators are not supported, and counts them",
    { tags: ["slow"] },
    async () => {
      const report = (await readJson("inspect unsupported.onnx --json")) as InspectReport;
      expect(report.unsupported).toEqual([
        { op: "Frobnicate", count: 2 },
        { op: "Spin", count: 1 },
      ]);
      expect([report.parameters, report.macs]).toEqual([null, null]);
      expect(await succeed("inspect unsupported.onnx")).toMatch(/^ {2}Frobnicate +2$/m);
    },
  );
});

describe("lightfuse run", { timeout: 60_000, tags: ["slow"] }, () => {
  test("prints what scripts need, and writes the outputs", async () => {
    const line = "run squeezenet1_1 --weights synthetic --input synthetic --runs 2 --top 3";
    const report = (await readJson(`${line} --output out --json`)) as RunReport;
    expect(report.adapter).toMatchObject({
      vendor: expect.any(String),
      software: expect.any(Boolean),
    });
    expect(report.outputs).toEqual([
      { name: "logits", shape: [1, 1000], file: join("out", "logits.npy") },
    ]);
    for (const field of ["loadMs", "compileMs", "firstMs", "medianMs"] as const) {
      expect(report[field], field).toBeGreaterThan(0);
    }
    expect(report.dispatches).toBeGreaterThan(20);
    expect([report.passes, report.submits]).toEqual([1, 1]);
    expect(report.weightBytes).toBeGreaterThanOrEqual(1235496 * 4);
    expect(report.activationBytes).toBeGreaterThan(0);

    const { shape, dtype, data } = parseNpy(readFileSync(join(folder, "out/logits.npy")));
    expect([shape, dtype]).toEqual([[1, 1000], "float32"]);
    const [best] = report.top;
    expect(report.top).toHaveLength(3);
    expect(best).toEqual({
      output: "logits",
      index: data.indexOf(best.score),
      label: null,
      score: Math.max(...data),
    });
  });
});

describe("lightfuse run --browser", { timeout: 60_000, tags: ["slow"] }, () => {
  test("gives in Chromium what it gives in Node", async () => {
    const line = "run tiny.onnx --input x.npy --runs 0 --json --output";
    const node = (await readJson(`${line} node`)) as RunReport;
    const browser = (await readJson(`${line} chromium --browser`)) as RunReport;
    expect(browser.outputs).toEqual([
      { name: "y/scores", shape: [1, 4], file: join("chromium", "y_scores.npy") },
    ]);
    expect(browser.medianMs).toBeNull();
    expect(browser.dispatches).toBe(node.dispatches);
    for (const folderName of ["node", "chromium"]) {
      const { data } = parseNpy(readFileSync(join(folder, folderName, "y_scores.npy")));
      [1, 2, 4, 8].forEach((part, i) => expect(data[i]).toBeCloseTo(part / 15, 6));
    }
  });

  test("names the file in errors as the user did", async () => {
    writeFileSync(join(folder, "bad.onnx"), "this is no model");
    const { code, stderr } = await lightfuse(["run", "bad.onnx", "--browser"], folder);
    expect(stderr).toMatch(/^lightfuse: onnx "bad.onnx": .+\n$/);
    expect(code).toBe(1);
  });
});

describe("lightfuse run in words", { tags: ["slow"] }, () => {
  test("shows outputs, classes and times", async () => {
    writeFileSync(join(folder, "labels.txt"), "one\ntwo\nfour\neight\n");
    const text = await succeed(
      "run tiny.onnx --input x=x.npy --labels labels.txt --top 2 --runs 1",
    );
    expect(text).toMatch(/^tiny\.onnx on \S/);
    expect(text).toMatch(/^ {2}y\/scores {2}1 x 4 {2}0\.06667 \.\. 0\.5333$/m);
    expect(text).toMatch(/^ {2}3 {2}eight {2}0\.5333\n {2}2 {2}four {3}0\.2667\n$/m);
    expect(text).toMatch(/^load .+ ms, compile .+ ms, first run .+ ms, median of 1 run .+ ms$/m);
    expect(text).toMatch(
      /^\d+ dispatch(es)?, 1 pass, 1 submit a run; weights .+, activations .+$/m,
    );
  });
});

describe("lightfuse verify", () => {
  test("finds that every layer agrees", async () => {
    expect(await succeed("verify tiny.onnx --input x.npy")).toMatch(
      /\nthe layer agrees with the float64 reference\n$/,
    );
    const report = (await readJson("verify tiny.onnx --json")) as Verification;
    expect(report.rows).toHaveLength(1);
    expect(report.firstBad).toBeNull();
  });
});

describe("lightfuse profile", { tags: ["slow"] }, () => {
  test("times each dispatch", async () => {
    const report = (await readJson("profile tiny.onnx --json --runs 2")) as Profile;
    expect(report.rows.length).toBeGreaterThan(0);
    expect(report.rows[0]).toMatchObject({ kernel: expect.any(String), ms: expect.any(Number) });
    const sum = report.rows.reduce((total, { ms }) => total + ms, 0);
    expect(report.totalMs).toBeCloseTo(sum);
  });
});

describe("lightfuse tune", { timeout: 120_000, tags: ["slow"] }, () => {
  test("writes a table by which run chooses kernels", async () => {
    const text = await succeed("tune convolution.onnx --rounds 1 --out table.json");
    expect(text).toMatch(/^convolution\.onnx on /);
    expect(text).toMatch(/\n1 site: .* by first choices, .* tuned, [\d.]+x\n$/);
    const tuned = await succeed(
      "run convolution.onnx --input synthetic --runs 0 --tuning table.json",
    );
    expect(tuned).toMatch(/^convolution\.onnx/);
  });
});

describe("lightfuse explain", { timeout: 60_000, tags: ["slow"] }, () => {
  test("has a row for each dispatch, and no copies", async () => {
    const plan = (await readJson("explain squeezenet1_1 --json --launch 7")) as GraphExplanation;
    expect(plan.dispatches.length).toBeGreaterThan(20);
    expect(plan.dispatches[0]).toMatchObject({ kernel: expect.stringMatching(/^\w+\//) });
    expect(plan.copies).toEqual([]);
    expect(plan.memory.arenaBytes).toBeGreaterThanOrEqual(plan.memory.lowerBoundBytes);
    expect(plan).toMatchObject({ parameters: 1235496, macs: 349151936, peaks: { launchUs: 7 } });
  });

  test("writes a page, and shows the WGSL of one dispatch", async () => {
    const { stdout } = await lightfuse(
      ["explain", "tiny.onnx", "--html", "plan.html", "--wgsl", "0"],
      folder,
    );
    expect(stdout).toMatch(/^\/\/ #0 .*\n[^]*@compute/);
    expect(readFileSync(join(folder, "plan.html"), "utf8")).toMatch(/^<!doctype html>/);
    expect(await succeed("explain tiny.onnx --html plan.html")).toMatch(/^wrote plan.html, .+B\n$/);
  });

  test("plans as for another class of device, and as a table says", async () => {
    const text = await succeed("explain convolution.onnx --device discrete");
    expect(text).toMatch(/^adapter: .+, planned as for a discrete GPU\n/);
    expect(text).toMatch(/at least .+ ms at 4000 GFLOP\/s/);
    const kept = await readJson("tune convolution.onnx --rounds 1 --json");
    const site = "conv2d x=1x2x3x3 w=4x2x1x1 y=1x4x3x3 s=1x1 p=0x0x0x0 d=1x1 g=1";
    for (const workgroup of [8, 256]) {
      const choices = { [site]: { kernel: "pointwise", pixels: 7, quads: 1, workgroup } };
      const table = { ...(kept as object), choices };
      writeFileSync(join(folder, "chosen.json"), JSON.stringify(table));
      const plan = (await readJson(
        "explain convolution.onnx --json --tuning chosen.json",
      )) as GraphExplanation;
      expect(plan.dispatches.map(({ overrides }) => overrides.WORKGROUP)).toContain(workgroup);
    }
    writeFileSync(
      join(folder, "other.json"),
      JSON.stringify({ ...(kept as object), adapter: "another" }),
    );
    const { stderr } = await lightfuse(
      ["explain", "convolution.onnx", "--tuning", "other.json"],
      folder,
    );
    expect(stderr).toMatch(/--tuning is not used: it is for adapter "another", this is "/);
  });

  test.each([
    ["--device gpu", /^lightfuse: --device is "gpu", expected software, integrated, discrete\n$/m],
    ["--wgsl 1000", /^lightfuse: --wgsl is 1000, expected a dispatch from 0 to \d+\n$/m],
    [
      "--html no/plan.html",
      /^lightfuse: cannot write "no\/plan.html": there is no such folder\n$/m,
    ],
    ["--gflops many", /^lightfuse: --gflops is "many", expected a number above 0\n$/m],
  ])("refuses %s", async (option, message) => {
    const { code, stderr } = await lightfuse(
      ["explain", "tiny.onnx", ...option.split(" ")],
      folder,
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
  });
});
