/** Creates compute pipelines, each once, and says where in which file a shader went wrong. */
import type { Binding } from "../shaders/kernel.ts";
import { STAGE_COMPUTE } from "./usage.ts";

/** What a pipeline is made of; two equal requests give the same pipeline. */
export interface PipelineRequest {
  readonly label: string;
  readonly code: string;
  readonly overrides: Readonly<Record<string, number>>;
  /** Group 0, by binding number. */
  readonly bindings: readonly Binding[];
  /** Bytes of the kernel's uniform struct. */
  readonly paramBytes: number;
  /** Bytes of each stage's uniform struct: group 1, by binding number. */
  readonly stageBytes: readonly number[];
}

export interface Pipeline {
  readonly pipeline: GPUComputePipeline;
  /** Bind group layouts 0 and, if there are stages with uniforms, 1. */
  readonly layouts: readonly GPUBindGroupLayout[];
}

export class PipelineCache {
  private readonly pipelines = new Map<string, Promise<Pipeline>>();
  private readonly modules = new Map<string, GPUShaderModule>();
  private readonly groupLayouts = new Map<string, GPUBindGroupLayout>();

  constructor(private readonly device: GPUDevice) {}

  /** Number of pipelines made so far. */
  get size(): number {
    return this.pipelines.size;
  }

  /** @throws ShaderError with file, line and the compiler's message. */
  get(request: PipelineRequest): Promise<Pipeline> {
    const key = JSON.stringify([request.code, request.overrides, request.bindings]);
    let pipeline = this.pipelines.get(key);
    if (!pipeline) {
      pipeline = this.create(request);
      this.pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  private async create(request: PipelineRequest): Promise<Pipeline> {
    const { label, code, overrides } = request;
    let module = this.modules.get(code);
    if (!module) {
      module = this.device.createShaderModule({ label, code });
      this.modules.set(code, module);
    }
    const layouts = this.layoutsOf(request);
    try {
      const pipeline = await this.device.createComputePipelineAsync({
        label,
        layout: this.device.createPipelineLayout({ bindGroupLayouts: layouts }),
        compute: { module, entryPoint: "main", constants: { ...overrides } },
      });
      return { pipeline, layouts };
    } catch (error) {
      throw await (await import("./shader-error.ts")).shaderError(label, code, module, error);
    }
  }

  private layoutsOf(request: PipelineRequest): GPUBindGroupLayout[] {
    const { bindings, paramBytes, stageBytes } = request;
    const kernel = bindings.map((kind) => bindingLayout(kind, paramBytes));
    const stages = stageBytes.map((bytes) => bindingLayout("params", bytes));
    return [kernel, ...(stages.length > 0 ? [stages] : [])].map((group) => this.groupLayout(group));
  }

  private groupLayout(bindings: readonly object[]): GPUBindGroupLayout {
    const key = JSON.stringify(bindings);
    let layout = this.groupLayouts.get(key);
    if (!layout) {
      const entries = bindings.map((entry, binding) => ({
        binding,
        visibility: STAGE_COMPUTE,
        ...entry,
      }));
      layout = this.device.createBindGroupLayout({ label: "lightfuse", entries });
      this.groupLayouts.set(key, layout);
    }
    return layout;
  }
}

function bindingLayout(kind: Binding, bytes: number): object {
  switch (kind) {
    case "params":
      return { buffer: { type: "uniform", hasDynamicOffset: true, minBindingSize: bytes } };
    case "arena":
      return { buffer: { type: "storage" } };
    case "weights":
      return { buffer: { type: "read-only-storage" } };
    case "image":
      return { texture: { sampleType: "float" } };
  }
}
