/** Uploads an image as a texture and runs the preprocessing dispatch on it, before the plan. */
import type { Dispatch } from "../compiler/plan.ts";
import { ShapeError } from "../graph/errors.ts";
import type { Device } from "./device.ts";
import type { ImageSource, Pixels } from "./image-source.ts";
import type { Pipeline } from "./pipelines.ts";
import type { Prelude } from "./scheduler.ts";
import { BUFFER, TEXTURE } from "./usage.ts";

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

function hasPixels(image: ImageSource | Pixels): image is Pixels {
  return "data" in image && ArrayBuffer.isView(image.data);
}

/** The size in pixels of the image itself, not of the element that shows it. */
export function imageSizeOf(image: ImageSource | Pixels): ImageSize {
  if ("videoWidth" in image) return { width: image.videoWidth, height: image.videoHeight };
  if ("naturalWidth" in image) return { width: image.naturalWidth, height: image.naturalHeight };
  if ("displayWidth" in image) return { width: image.displayWidth, height: image.displayHeight };
  return { width: image.width, height: image.height };
}

/**
 * `most`: pixels that the device allows a side.
 * @throws ShapeError when the image is empty or too large, or its pixels are not 4 bytes each
 */
export function checkImage(image: ImageSource | Pixels, name: string, most: number): void {
  const { width, height } = imageSizeOf(image);
  if (!(width > 0 && height > 0)) {
    throw new ShapeError(
      `input "${name}": the image has ${width}x${height} pixels; has it loaded?`,
    );
  }
  if (width > most || height > most) {
    throw new ShapeError(
      `input "${name}": the image has ${width}x${height} pixels, the device takes ${most} a side`,
    );
  }
  if (hasPixels(image) && image.data.length !== width * height * 4) {
    throw new ShapeError(
      `input "${name}": ${image.data.length} bytes given for ${width}x${height} pixels, ` +
        `expected ${width * height * 4} (RGBA)`,
    );
  }
}

function isVideo(image: ImageSource): image is VideoFrame | HTMLVideoElement {
  return "displayWidth" in image || "videoWidth" in image;
}

/** Keeps the texture, uniforms and bind group of one input from run to run. */
export class ImageUploader {
  private texture: GPUTexture | null = null;
  private group: { readonly layout: GPUBindGroupLayout; readonly group: GPUBindGroup } | null =
    null;
  private readonly uniforms: GPUBuffer;
  /** The dispatch whose numbers are in `uniforms`. */
  private current: { readonly dispatch: Dispatch; readonly pipeline: Pipeline } | null = null;

  constructor(
    private readonly device: Device,
    private readonly arena: GPUBuffer,
  ) {
    const usage = BUFFER.UNIFORM | BUFFER.COPY_DST;
    this.uniforms = device.gpu.createBuffer({ label: "lightfuse image", size: 256, usage });
  }

  /** Uploads the image and records its preprocessing when the run's turn has come. */
  prelude(image: ImageSource | Pixels, dispatch: Dispatch): Prelude {
    let recorded: ((pass: GPUComputePassEncoder) => void) | null = null;
    return {
      prepare: async () => {
        recorded = await this.upload(image, dispatch);
      },
      record: (pass) => recorded?.(pass),
    };
  }

  private async upload(
    image: ImageSource | Pixels,
    dispatch: Dispatch,
  ): Promise<(pass: GPUComputePassEncoder) => void> {
    if (this.current?.dispatch !== dispatch) {
      const pipeline = await this.device.pipelines.get({
        label: dispatch.kernel,
        code: dispatch.code,
        overrides: dispatch.overrides,
        bindings: dispatch.bindings,
        paramBytes: dispatch.params.byteLength,
        stageBytes: [],
      });
      this.device.gpu.queue.writeBuffer(this.uniforms, 0, dispatch.params);
      this.current = { dispatch, pipeline };
    }
    const { pipeline } = this.current;
    await this.write(image);
    const group = this.groupOf(pipeline, dispatch, this.textureOf(imageSizeOf(image)));
    return (pass) => {
      pass.setPipeline(pipeline.pipeline);
      pass.setBindGroup(0, group, [0]);
      pass.dispatchWorkgroups(...dispatch.workgroups);
    };
  }

  private async write(image: ImageSource | Pixels): Promise<void> {
    const { queue } = this.device.gpu;
    const { width, height } = imageSizeOf(image);
    const texture = this.textureOf({ width, height });
    if (hasPixels(image)) {
      const layout = { bytesPerRow: width * 4, rowsPerImage: height };
      queue.writeTexture({ texture }, image.data as Uint8Array<ArrayBuffer>, layout, {
        width,
        height,
      });
      return;
    }
    const copy = (source: ImageSource): void =>
      queue.copyExternalImageToTexture({ source }, { texture }, { width, height });
    try {
      copy(image);
    } catch (error) {
      if (!isVideo(image) || (error as Error).name !== "OperationError") throw error;
      // Chromium copies no video where it draws on the processor.
      const bitmap = await createImageBitmap(image);
      try {
        copy(bitmap);
      } finally {
        bitmap.close();
      }
    }
  }

  /** A texture of exactly this size: the last one if it fits. */
  private textureOf({ width, height }: ImageSize): GPUTexture {
    if (this.texture?.width === width && this.texture.height === height) return this.texture;
    this.texture?.destroy();
    this.group = null;
    this.texture = this.device.gpu.createTexture({
      label: "lightfuse image",
      size: { width, height },
      format: "rgba8unorm",
      usage: TEXTURE.COPY_DST | TEXTURE.TEXTURE_BINDING | TEXTURE.RENDER_ATTACHMENT,
    });
    return this.texture;
  }

  private groupOf({ layouts }: Pipeline, dispatch: Dispatch, texture: GPUTexture): GPUBindGroup {
    const [layout] = layouts;
    if (this.group?.layout !== layout) {
      const resources = dispatch.bindings.map((kind) => {
        if (kind === "image") return texture.createView();
        return kind === "params"
          ? { buffer: this.uniforms, size: dispatch.params.byteLength }
          : { buffer: this.arena };
      });
      const entries = resources.map((resource, binding) => ({ binding, resource }));
      this.group = { layout, group: this.device.gpu.createBindGroup({ layout, entries }) };
    }
    return this.group.group;
  }

  dispose(): void {
    this.texture?.destroy();
    this.uniforms.destroy();
  }
}
