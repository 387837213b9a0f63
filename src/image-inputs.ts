/** Checks the images that inputs are given, and prepares them on the GPU; loaded with the first image. */
import type { Dispatch, Port } from "./compiler/plan.ts";
import { compilePreprocess } from "./compiler/preprocess.ts";
import { planPreprocess, resolvePreprocess } from "./formats/preprocess.ts";
import type { Preprocess, PreprocessName } from "./formats/preprocess.ts";
import { checkImage, ImageUploader, imageSizeOf } from "./gpu/image.ts";
import { isImage } from "./gpu/image-source.ts";
import type { ImageSource, Pixels } from "./gpu/image-source.ts";
import type { Prelude, Scheduler } from "./gpu/scheduler.ts";
import { GraphError, ShapeError } from "./graph/errors.ts";
import { formatShape } from "./graph/tensor.ts";

export interface ImageInput {
  readonly image: ImageSource | Pixels;
  readonly preprocess?: Preprocess | PreprocessName;
}

export class ImageBinder {
  private readonly uploaders = new Map<string, ImageUploader>();
  /** The last preprocessing of each input, and what it was made from. */
  private readonly prepared = new Map<
    string,
    { readonly key: string; readonly dispatch: Dispatch }
  >();

  constructor(private readonly scheduler: Scheduler) {}

  /**
   * @throws GraphError for what is no image; ShapeError where images do not fit the input, or are
   *   not as many as its items
   */
  bind(port: Port, value: unknown, preprocess: ImageInput["preprocess"] = "unit"): Prelude {
    const images = Array.isArray(value) ? (value as readonly unknown[]) : [value];
    const preludes = images.map((given, i) => this.upload(port, given, i, preprocess));
    const expected = port.image!.tensor.images;
    if (preludes.length !== expected) {
      throw new ShapeError(
        `input "${port.name}" of shape ${formatShape(port.shape)} takes ${expected} images, ${preludes.length} given`,
      );
    }
    return joinPreludes(preludes);
  }

  /** The image that becomes item `index` of an input; a caller without types may pass anything. */
  private upload(
    port: Port,
    value: unknown,
    index: number,
    otherwise: ImageInput["preprocess"],
  ): Prelude {
    const given = (isImage(value) ? { image: value } : Object(value)) as ImageInput;
    const { image, preprocess = otherwise! } = given;
    if (!isImage(image)) {
      throw new GraphError(
        `input "${port.name}" is of no known kind: expected a typed array, a tensor, a GPUBuffer or an image`,
      );
    }
    if (!port.image) {
      throw new ShapeError(
        `input "${port.name}" of shape ${formatShape(port.shape)} cannot take an image, expected Nx3xHxW or NxHxWx3`,
      );
    }
    const { plan, device } = this.scheduler;
    checkImage(image, port.name, device.gpu.limits.maxTextureDimension2D);
    const size = imageSizeOf(image);
    const slot = `${index} ${port.name}`;
    const key = JSON.stringify([size, preprocess]);
    let prepared = this.prepared.get(slot);
    if (prepared?.key !== key) {
      const { tensor } = port.image;
      const item = { ...tensor, images: 1, offset: tensor.offset + index * tensor.imageStride };
      const geometry = planPreprocess(resolvePreprocess(preprocess), size, tensor);
      const { traits } = device;
      const dispatch = compilePreprocess(port.name, item, geometry, traits, plan.elements);
      prepared = { key, dispatch };
      this.prepared.set(slot, prepared);
    }
    let uploader = this.uploaders.get(slot);
    if (!uploader) {
      uploader = new ImageUploader(this.scheduler.device, this.scheduler.arena);
      this.uploaders.set(slot, uploader);
    }
    return uploader.prelude(image, prepared.dispatch);
  }

  dispose(): void {
    for (const uploader of this.uploaders.values()) uploader.dispose();
  }
}

/** One for all images of an input. */
function joinPreludes(preludes: readonly Prelude[]): Prelude {
  return {
    prepare: async () => {
      for (const prelude of preludes) await prelude.prepare();
    },
    record: (pass) => preludes.forEach((prelude) => prelude.record(pass)),
  };
}
