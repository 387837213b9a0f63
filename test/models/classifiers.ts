/** Real classifiers against the outputs that a trusted engine computed for two photos. */
import { describe, expect, test } from "vitest";
import { topClasses } from "../../src/classes.ts";
import { load } from "../../src/model.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { expectNear } from "../gpu/compare.ts";
import { testDevice } from "../gpu/run-kernel.ts";
import { parseTop3 } from "./data.ts";
import type { RealData, SeenModel } from "./data.ts";

export interface Classifier {
  /** Folder below `models/`. */
  readonly folder: string;
  /** The model file without `.onnx`. */
  readonly file: string;
}

export const CLASSIFIERS: readonly Classifier[] = [
  { folder: "squeezenet_v1.1", file: "squeezenet_v1.1_fp32" },
  { folder: "mobilenet_v1", file: "mobilenet_v1_0.5_160_dequant_fp32" },
  { folder: "mobilenet_v2", file: "mobilenet_v2_1.0_224_dequant_fp32" },
  { folder: "mobilenet_v3_small", file: "mobilenet_v3_small_1.0_224_dequant_fp32" },
];

const PHOTOS = ["coral_parrot", "skimage_chelsea"];

export async function seenModel(data: RealData, { folder, file }: Classifier): Promise<SeenModel> {
  return parseTop3(await data.text(`models/${folder}/top3.txt`), `${file}.onnx`);
}

/** The name of the best class as `top3.txt` prints it: the first synonym, 24 characters at most. */
export function bestLabel(output: Tensor, labels: readonly string[]): string {
  return topClasses(output, 1, labels)[0].label.split(",")[0].slice(0, 24);
}

/** Each classifier on the inputs for which there are outputs. */
export function defineClassifierTests(data: RealData): void {
  describe.each(CLASSIFIERS)("$file", (classifier) => {
    const { folder, file } = classifier;
    test("computes the trusted outputs, with the classes that were seen on the photos", async () => {
      const seen = await seenModel(data, classifier);
      const labels = await data.labels(seen.labels);
      const device = await testDevice();
      const model = await load(data.at(`models/${folder}/${file}.onnx`), { device });
      for (const photo of PHOTOS) {
        const read = (kind: string) =>
          data.npy(`models/${folder}/ref/${file}.${photo}.${kind}.npy`);
        const outputs = await model.run(await read("input"));
        const [[name, output]] = Object.entries(outputs);
        expectNear(outputs, { [name]: await read("output") }, 1e-3);
        expect(bestLabel(output, labels), photo).toBe(seen.photos.get(photo)?.label);
      }
      model.dispose();
    }, 180_000);
  });
}
