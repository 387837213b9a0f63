/** What a user reads when an input, a file, a shader or a device is not as it must be. */
import { describe, expect, test } from "vitest";
import { Device, adoptDevice, openDevice } from "../../src/gpu/device.ts";
import { PipelineCache } from "../../src/gpu/pipelines.ts";
import { BUFFER } from "../../src/gpu/usage.ts";
import {
  DeviceError,
  FormatError,
  GraphError,
  ShaderError,
  ShapeError,
} from "../../src/graph/errors.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import { syntheticInput } from "../../src/graph/synthetic.ts";
import type { Graph } from "../../src/graph/graph.ts";
import type { RunInput } from "../../src/inputs.ts";
import { createModel, load } from "../../src/model.ts";
import { link } from "../../src/shaders/link.ts";
import { encodeNode } from "../formats/onnx-encode.ts";
import { testDevice } from "./run-kernel.ts";
import { convolution, sum } from "./small-models.ts";

const IMAGE = [1, 3, 4, 4];

async function errorOfRun(graph: Graph, input: unknown): Promise<Error> {
  const model = await load(graph, { device: await testDevice() });
  const error = await model.run(input as RunInput).catch((caught: unknown) => caught);
  // A refused input leaves the model as it was.
  const zeros = model.inputs.map(({ name, shape }) => [name, syntheticInput(shape)] as const);
  await model.run(Object.fromEntries(zeros));
  model.dispose();
  return error as Error;
}

const buffer = (gpu: GPUDevice, size: number, usage: number) => gpu.createBuffer({ size, usage });

describe("an input that does not fit", () => {
  test.each<readonly [string, Graph, unknown, typeof ShapeError | typeof GraphError, string]>([
    [
      "has a wrong name",
      sum([1, 3, 2, 2]),
      { a: new Float32Array(12), c: new Float32Array(12) },
      GraphError,
      'there is no input "c"; nearest "a", inputs: a, b',
    ],
    [
      "is missing",
      sum([1, 3, 2, 2]),
      { a: new Float32Array(12) },
      GraphError,
      'input "b" of shape 1x3x2x2 is missing; given: a',
    ],
    [
      "is the only one, and missing",
      convolution(IMAGE),
      {},
      GraphError,
      'input "x" of shape 1x3x4x4 is missing; given: none',
    ],
    [
      "has a wrong length",
      convolution(IMAGE),
      new Float32Array(47),
      ShapeError,
      'input "x": 47 numbers given, but shape 1x3x4x4 has 48',
    ],
    [
      "has a wrong shape",
      convolution(IMAGE),
      syntheticInput([1, 4, 4, 3]),
      ShapeError,
      'input "x": the tensor has shape 1x4x4x3, expected 1x3x4x4',
    ],
    [
      "is one of several, without its name",
      sum([1, 3, 2, 2]),
      new Float32Array(12),
      GraphError,
      'the model has 2 inputs: pass them by name: "a", "b"',
    ],
    [
      "is an image, where none can be",
      convolution([1, 4, 4, 4]),
      { data: new Uint8Array(16), width: 2, height: 2 },
      ShapeError,
      'input "x" of shape 1x4x4x4 cannot take an image, expected Nx3xHxW or NxHxWx3',
    ],
    [
      "is one image for a batch of two",
      convolution([2, 3, 4, 4]),
      { data: new Uint8Array(16), width: 2, height: 2 },
      ShapeError,
      'input "x" of shape 2x3x4x4 takes 2 images, 1 given',
    ],
    [
      "is two images, where one is taken",
      convolution(IMAGE),
      [0, 1].map(() => ({ data: new Uint8Array(16), width: 2, height: 2 })),
      ShapeError,
      'input "x" of shape 1x3x4x4 takes 1 images, 2 given',
    ],
    [
      "is an empty image",
      convolution(IMAGE),
      { data: new Uint8Array(0), width: 0, height: 0 },
      ShapeError,
      'input "x": the image has 0x0 pixels; has it loaded?',
    ],
    [
      "is an image that is too large",
      convolution(IMAGE),
      { data: new Uint8Array(8193 * 4), width: 1, height: 8193 },
      ShapeError,
      'input "x": the image has 1x8193 pixels, the device takes 8192 a side',
    ],
    [
      "is an image without its alpha",
      convolution(IMAGE),
      { data: new Uint8Array(12), width: 2, height: 2 },
      ShapeError,
      'input "x": 12 bytes given for 2x2 pixels, expected 16 (RGBA)',
    ],
    [
      "is prepared in an unknown way",
      convolution(IMAGE),
      { image: { data: new Uint8Array(16), width: 2, height: 2 }, preprocess: "imagnet" },
      ShapeError,
      'preprocess "imagnet" is not known, expected one of imagenet, tf, raw, unit, caffe, centernet',
    ],
    [
      "is a plain array",
      convolution(IMAGE),
      { x: [1, 2, 3] },
      GraphError,
      'input "x" is of no known kind: expected a typed array, a tensor, a GPUBuffer or an image',
    ],
  ])("%s", async (_, graph, input, type, message) => {
    const error = await errorOfRun(graph, input);
    expect(error).toBeInstanceOf(type);
    expect(error.message).toBe(message);
  });

  test("is a GPU buffer that is too short", async () => {
    const { gpu } = await testDevice();
    const short = buffer(gpu, 188, BUFFER.STORAGE | BUFFER.COPY_SRC);
    const error = await errorOfRun(convolution(IMAGE), short);
    short.destroy();
    expect(error).toBeInstanceOf(ShapeError);
    expect(error.message).toBe('input "x": the buffer has 188 bytes, but shape 1x3x4x4 needs 192');
  });

  test("is a GPU buffer that cannot be copied", async () => {
    const { gpu } = await testDevice();
    const closed = buffer(gpu, 192, BUFFER.STORAGE);
    const error = await errorOfRun(convolution(IMAGE), closed);
    closed.destroy();
    expect(error).toBeInstanceOf(DeviceError);
    expect(error.message).toBe(
      'input "x": the buffer cannot be copied, create it with GPUBufferUsage.COPY_SRC',
    );
  });
});

describe("a model", () => {
  test("says so when it was disposed", async () => {
    const model = await load(convolution(IMAGE, "gone"), { device: await testDevice() });
    model.dispose();
    model.dispose();
    const running = model.run(syntheticInput(IMAGE));
    await expect(running).rejects.toThrow(new DeviceError("gone: the model was disposed"));
    const pixels = { data: new Uint8Array(16), width: 2, height: 2 };
    await expect(model.run(pixels)).rejects.toThrow("gone: the model was disposed");
  });

  test("needs its weights", async () => {
    const builder = new GraphBuilder("unbound");
    const x = builder.input("x", IMAGE);
    const weight = builder.parameter("stem.weight", [4, 3, 1, 1]);
    builder.output("y", builder.conv2d(x, weight, null, {}, "stem"));
    const loading = load(builder.graph, { device: await testDevice() });
    await expect(loading).rejects.toThrow(
      new GraphError(
        'conv2d "stem": input 1 "stem.weight" is not constant; weights must be known when the model is compiled',
      ),
    );
  });

  test("of an unknown name is not built", async () => {
    const loading = createModel("mobilenet_v4", "synthetic", { device: await testDevice() });
    await expect(loading).rejects.toThrow(/^network "mobilenet_v4" is not known, /);
  });

  test("cannot be read from half a file", async () => {
    const file = encodeNode("Relu", IMAGE);
    const bytes = file.subarray(0, file.length >> 1);
    const loading = load(bytes, { device: await testDevice(), name: "half.onnx" });
    await expect(loading).rejects.toBeInstanceOf(FormatError);
    await expect(load(bytes, { name: "half.onnx" })).rejects.toThrow(/^onnx "half.onnx": /);
  });

  test("stops loading, and running, by a signal", async () => {
    const device = await testDevice();
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(load(convolution(IMAGE), { device, signal })).rejects.toThrow("enough");
    const controller = new AbortController();
    const late = load(convolution(IMAGE, "late"), {
      device,
      signal: controller.signal,
      onProgress: ({ phase }) => {
        if (phase === "pipelines") controller.abort(new Error("too late"));
      },
    });
    await expect(late).rejects.toThrow("too late");
    const model = await load(convolution(IMAGE), { device });
    await expect(model.run(syntheticInput(IMAGE), { signal })).rejects.toThrow("enough");
    const { y } = await model.run(syntheticInput(IMAGE));
    expect(y.shape).toEqual([1, 5, 4, 4]);
    model.dispose();
  });
});

/** The device, one of whose properties seems to be another. */
function withProperty(gpu: GPUDevice, property: keyof GPUDevice, given: unknown): GPUDevice {
  return new Proxy(gpu, {
    get: (target, name) => {
      if (name === property) return given;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

describe("WebGPU", () => {
  test("without an adapter is an error that says what may be missing", async () => {
    const gpu = { requestAdapter: () => Promise.resolve(null) } as unknown as GPU;
    await expect(openDevice({ gpu })).rejects.toThrow(
      new DeviceError(
        "WebGPU: no adapter. Dawn found no Vulkan, Metal or D3D12 driver; VK_ICD_FILENAMES can name a Vulkan driver such as SwiftShader's vk_swiftshader_icd.json",
      ),
    );
  });

  test("names the file and line of a shader that does not compile", async () => {
    const { gpu } = await testDevice();
    const kernel = {
      name: "broken/kernel",
      source: [
        "// A kernel with a mistake.",
        "//#import shared/memory",
        "",
        "@compute @workgroup_size(1)",
        "fn main() {",
        "  store(0u, load(0u) + vec3f(1.0));",
        "}",
      ].join("\n"),
    };
    const { code } = link(kernel);
    const making = new PipelineCache(gpu).get({
      label: "stem (broken/kernel)",
      code,
      overrides: {},
      bindings: [],
      paramBytes: 0,
      stageBytes: [],
    });
    await expect(making).rejects.toBeInstanceOf(ShaderError);
    await expect(making).rejects.toThrow(
      /^stem \(broken\/kernel\): broken\/kernel\.wgsl:5: no matching overload for 'operator \+/,
    );
  });

  test("that is lost during a run is an error, and no run hangs", { timeout: 60_000 }, async () => {
    const device = await openDevice();
    const model = await load(convolution([1, 3, 64, 64], "lost"), { device });
    const runs = [0, 1, 2].map(() => model.run(syntheticInput([1, 3, 64, 64])));
    await Promise.resolve();
    device.gpu.destroy();
    const errors = await Promise.all(runs.map((run) => run.catch((error: unknown) => error)));
    for (const error of errors) {
      expect(error).toBeInstanceOf(DeviceError);
      expect((error as Error).message).toMatch(/^WebGPU: the device was lost/);
    }
    const after = model.run(syntheticInput([1, 3, 64, 64]));
    await expect(after).rejects.toThrow(/^WebGPU: the device was lost/);
    model.dispose();
  });

  test("of a device that was disposed is refused", async () => {
    const device = await openDevice();
    const model = await load(convolution(IMAGE, "late"), { device });
    device.destroy();
    const disposed = new DeviceError("WebGPU: the device was disposed");
    await expect(model.run(syntheticInput(IMAGE))).rejects.toThrow(disposed);
    await expect(load(convolution(IMAGE), { device })).rejects.toThrow(disposed);
  });

  test("refuses a model that is larger than a binding may be", async () => {
    const { gpu, adapter, traits } = await testDevice();
    const limits = { ...gpu.limits, maxBufferSize: 1e9, maxStorageBufferBindingSize: 65_536 };
    const device = new Device(withProperty(gpu, "limits", limits), adapter, traits);
    const loading = load(convolution([1, 3, 128, 128], "large"), { device });
    await expect(loading).rejects.toThrow(
      /^WebGPU: large: the activations take \d+ bytes, the device allows 65536 in one binding$/,
    );
  });

  test("without 16-bit floats refuses a model that is to be stored in them", async () => {
    const { gpu, adapter, traits } = await testDevice();
    const plain = withProperty(gpu, "features", new Set<GPUFeatureName>());
    const device = new Device(plain, adapter, traits);
    await expect(load(convolution(IMAGE), { device, precision: "f16" })).rejects.toThrow(
      new DeviceError(
        'WebGPU: precision "f16" needs the feature "shader-f16", which this device does not have: use precision "f32"',
      ),
    );
    const precision = "int4" as "f16";
    await expect(load(convolution(IMAGE), { device, precision })).rejects.toThrow(
      new DeviceError('there is no precision "int4", expected "f32" or "f16"'),
    );
  });

  test("reports what it did not like about a page's own device", async () => {
    const { gpu } = await testDevice();
    const device = adoptDevice(gpu);
    const model = await load(convolution(IMAGE), { device });
    gpu.createBuffer({ size: 16, usage: BUFFER.MAP_READ | BUFFER.STORAGE });
    await gpu.queue.onSubmittedWorkDone();
    await expect.poll(() => device.failure?.message).toMatch(/^WebGPU: /);
    await expect(model.run(syntheticInput(IMAGE))).rejects.toThrow(/^WebGPU: /);
    model.dispose();
    (await testDevice()).failure = null;
  });
});
