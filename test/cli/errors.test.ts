/** What a user did wrong: one line on stderr, exit code 1, nothing on stdout. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test, vi } from "vitest";
import { formatNpy } from "../../src/index.ts";
import { lightfuse } from "./lightfuse.ts";
import { TINY, UNSUPPORTED } from "./tiny.ts";

const folder = mkdtempSync(join(tmpdir(), "lightfuse-errors-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Bytes that look random and are the same each time. */
function noise(length: number): Uint8Array {
  let state = 1;
  return Uint8Array.from({ length }, () => (state = (state * 48271) % 0x7fffffff) & 255);
}

// Field 7, a graph, of 100 bytes, of which 3 are there.
writeFileSync(join(folder, "short.onnx"), Uint8Array.of(8, 8, 58, 100, 1, 2, 3));
writeFileSync(join(folder, "random.onnx"), noise(4000));
writeFileSync(join(folder, "random.json"), noise(4000));
writeFileSync(join(folder, "random.npy"), noise(4000));
writeFileSync(join(folder, "random.jpg"), noise(4000));
writeFileSync(join(folder, "random.safetensors"), noise(4000));
writeFileSync(join(folder, "empty.txt"), "");
writeFileSync(join(folder, "nothing.onnx"), "");
writeFileSync(join(folder, "object.json"), "{}");
writeFileSync(join(folder, "three.txt"), "a\nb\nc\n");
mkdirSync(join(folder, "folder.onnx"));
writeFileSync(join(folder, "tiny.onnx"), TINY);
writeFileSync(join(folder, "unsupported.onnx"), UNSUPPORTED);
const small = { shape: [1, 3, 8, 8], dtype: "float32", data: new Float32Array(192) } as const;
writeFileSync(join(folder, "small.npy"), formatNpy(small));

const SYNTHETIC = "run squeezenet1_1 --weights synthetic";

type Answer = readonly [line: string, message: string];

/** What is answered to a line: first what a quick check asks too. */
const QUICK: readonly Answer[] = [
  ["rnu", 'unknown command "rnu", nearest "run"; see lightfuse --help'],
  ["run a.onnx --output", "--output needs a value: --output <folder>"],
  ["run absent.onnx", 'cannot read "absent.onnx": no such file'],
  [
    "inspect short.onnx",
    'onnx "short.onnx": the file is truncated or not an ONNX model: ' +
      "a field at byte 3 ends at 104, but the file has 7 bytes",
  ],
];
const OTHERS: readonly Answer[] = [
  ["elephant", 'unknown command "elephant"; see lightfuse --help'],
  ["--versoin", 'unknown option "--versoin", nearest "--version"; see lightfuse --help'],
  ["run", "run needs <model>: lightfuse run <model>"],
  ["run a.onnx b", 'run does not know what to do with "b"'],
  ["run a.onnx --inptu x.npy", 'run has no option "--inptu", nearest "--input"'],
  ["verify a.onnx --runs 3", 'verify has no option "--runs"; see lightfuse verify --help'],
  ["inspect absent/model.json", 'cannot read "absent/model.json": no such file'],
  ["run folder.onnx", 'cannot read "folder.onnx": it is a folder'],
  [
    "run mobilenet_v22 --weights synthetic",
    'network "mobilenet_v22" is not known, nearest "mobilenet_v2"; all are listed by `lightfuse networks`',
  ],
  [
    "run mobilenet_v2",
    'network "mobilenet_v2" needs weights: --weights file.safetensors, or --weights synthetic to try it',
  ],
  [
    "run mobilenet_v2 --weights absent.safetensors",
    'cannot read "absent.safetensors": no such file',
  ],
  [
    "run short.onnx --weights synthetic",
    '--weights is for networks by name; "short.onnx" brings its own',
  ],
  [`${SYNTHETIC} --input absent.npy`, 'cannot read "absent.npy": no such file'],
  [
    `${SYNTHETIC} --input random.npy`,
    'npy "random.npy": the file does not begin with an NPY header',
  ],
  [
    `${SYNTHETIC} --input three.txt`,
    '--input "three.txt" is neither .npy nor an image (.jpg, .png, .webp, ...)',
  ],
  [
    `${SYNTHETIC} --input random.jpg`,
    'cannot read "random.jpg": it is not a sound image (Input file contains unsupported image format)',
  ],
  [
    `${SYNTHETIC} --input random.jpg --preprocess imagnet`,
    '--preprocess "imagnet" is not known, nearest "imagenet"; ' +
      "known: imagenet, tf, raw, unit, caffe, centernet",
  ],
  [
    `${SYNTHETIC} --input small.npy --preprocess tf`,
    "--preprocess is for images, but no --input is one",
  ],
  [
    `${SYNTHETIC} --labels empty.txt`,
    'labels "empty.txt": expected one name a line, or a JSON array of names',
  ],
  [`${SYNTHETIC} --top none`, '--top is "none", expected a whole number of at least 1'],
  [`${SYNTHETIC} --preprocess tf`, "--preprocess is for images, but no --input is one"],
  ["demo --port 99999", '--port is "99999", expected a whole number from 1 to 65535'],
  ["inspect nothing.onnx", '"nothing.onnx" is empty'],
  [
    "inspect object.json",
    'tfjs "object.json": modelTopology is missing, expected a TensorFlow.js model',
  ],
  ["run object.json", 'tfjs "object.json": weightsManifest is missing, expected a list'],
  [
    "explain squeezenet1_1 --json --wgsl 0",
    "--wgsl shows WGSL and nothing else, so it does not go with --json",
  ],
];

describe.each([
  { answers: QUICK, tags: [] },
  { answers: OTHERS, tags: ["slow"] },
])("lightfuse", ({ answers, tags }) => {
  test.each(answers)("answers %j", { tags }, async (line, message) => {
    const { code, stdout, stderr } = await lightfuse(line.split(" "), folder);
    expect(stderr).toBe(`lightfuse: ${message}\n`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });
});

describe("lightfuse", () => {
  test("without a command shows its commands on stderr, and fails", async () => {
    const { code, stdout, stderr } = await lightfuse([], folder);
    expect(stderr).toMatch(/^usage: lightfuse <command>/);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });

  test.each(["random.onnx", "random.json"])(
    "says in one line that %s is no model",
    async (file) => {
      const { code, stdout, stderr } = await lightfuse(["inspect", file], folder);
      expect(stderr).toMatch(new RegExp(`^lightfuse: (onnx|tfjs) "${file}": .+\\n$`));
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    },
  );
});

describe("lightfuse run", { tags: ["slow"] }, () => {
  test.each([
    ["--input small.npy", 'input "x": the tensor has shape 1x3x8x8, expected 1x4'],
    ["--input z=synthetic", '"tiny.onnx" has no input "z", expected "x"'],
    ["--input x=small.npy --input x=small.npy", 'input "x" is given twice'],
    ["--input synthetic --input synthetic", '2 inputs are given, but "tiny.onnx" has 1'],
    ["--labels three.txt", '--labels has 3 names, but "y/scores" has 4 classes'],
    ["--output three.txt", 'cannot make the folder "three.txt": a file of that name is in the way'],
    ["--output three.txt/y", 'cannot make the folder "three.txt/y": part of that path is a file'],
  ])("answers %j", async (options, message) => {
    const line = `run tiny.onnx ${options}`;
    const { code, stdout, stderr } = await lightfuse(line.split(" "), folder);
    expect(stderr).toBe(`lightfuse: ${message}\n`);
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  });

  test("names the operator that is not supported", async () => {
    const { code, stderr } = await lightfuse(["run", "unsupported.onnx"], folder);
    expect(stderr).toBe(
      'lightfuse: onnx "unsupported.onnx": node 0 "Frobnicate" is not supported; ' +
        "supported operators are listed in docs/operators.md\n",
    );
    expect(code).toBe(1);
  });

  test("shows where an error comes from when it is asked to", async () => {
    vi.stubEnv("LIGHTFUSE_DEBUG", "1");
    const { stderr } = await lightfuse(["run", "absent.onnx"], folder);
    vi.unstubAllEnvs();
    expect(stderr).toMatch(/^lightfuse: Failure: cannot read "absent.onnx": no such file\n +at /);
  });
});
