/** Detection heads on the GPU, on what trusted engines computed of photos with real models. */
import { expect, test } from "vitest";
import { boxCorners, classScores } from "../../src/blocks/detection/candidates.ts";
import type { Candidates } from "../../src/blocks/detection/candidates.ts";
import { nonMaxSuppression } from "../../src/blocks/detection/non-max-suppression.ts";
import { decodeSsd, priorBoxes } from "../../src/blocks/detection/ssd.ts";
import { decodeYolo } from "../../src/blocks/detection/yolo.ts";
import type { NonMaxSuppressionAttributes } from "../../src/graph/attributes.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Value } from "../../src/graph/graph.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { load } from "../../src/model.ts";
import { describeRealData } from "../formats/real-data.ts";
import { testDevice } from "../gpu/run-kernel.ts";
import { RealData } from "./data.ts";

interface Detection {
  readonly label: number;
  readonly score: number;
  /** x1, y1, x2, y2 in pixels */
  readonly box: readonly number[];
}

/** What a head finds, best first; boxes are scaled from parts of the input to pixels. */
async function detect(
  inputs: Readonly<Record<string, Tensor>>,
  head: (builder: GraphBuilder, values: Record<string, Value>) => Candidates,
  [width, height]: readonly [number, number],
  options: Partial<NonMaxSuppressionAttributes>,
): Promise<Detection[]> {
  const builder = new GraphBuilder("head");
  const values = Object.entries(inputs).map(([name, { shape }]) => [
    name,
    builder.input(name, shape),
  ]);
  const candidates = head(builder, Object.fromEntries(values) as Record<string, Value>);
  const found = nonMaxSuppression(builder, candidates, options);
  const corners =
    options.centerPointBox === false ? found.boxes : boxCorners(builder, found.boxes, "corners");
  builder.output("boxes", corners, { length: found.count });
  builder.output("scores", found.scores, { length: found.count });
  builder.output("classes", found.classes, { length: found.count });
  const model = await load(builder.graph, { device: await testDevice() });
  const { boxes, scores, classes } = await model.run(inputs);
  model.dispose();
  const detections = Array.from(scores.data, (score, i): Detection => {
    const box = [...boxes.data.subarray(4 * i, 4 * i + 4)];
    return { label: classes.data[i], score, box: box.map((x, k) => x * [width, height][k % 2]) };
  });
  return detections.sort((a, b) => b.score - a.score);
}

/** `dog 0.68 [126,230,361,512]`, as the data's `detections.txt` writes it. */
function expectDetections(actual: readonly Detection[], labels: string[], line: string): void {
  const listed = [...line.matchAll(/(\w+) ([\d.]+) \[([-\d,]+)\]/g)];
  expect(actual.map(({ label }) => labels[label])).toEqual(listed.map(([, label]) => label));
  listed.forEach(([, , score, box], i) => {
    expect(Math.abs(actual[i].score - Number(score))).toBeLessThan(0.011);
    box.split(",").forEach((edge, k) => {
      expect(Math.abs(actual[i].box[k] - Number(edge))).toBeLessThan(2);
    });
  });
}

describeRealData("heads of real models", (folder) => {
  const data = new RealData(folder);

  async function listed(model: string, file: string, photo: string): Promise<string> {
    const lines = (await data.text(`models/${model}/detections.txt`)).split("\n");
    return lines.find((line) => new RegExp(`^${file} +${photo} `).test(line)) ?? "";
  }

  test("Yolo-Fastest finds the dog, the cars and the bicycle", async () => {
    const at = "models/yolo_fastest_1.1";
    const file = "yolo-fastest-1.1_fp32";
    const coarse = await data.npy(`${at}/ref/${file}.dog.l120_c.npy`);
    const fine = await data.npy(`${at}/ref/${file}.dog.l129_c.npy`);
    const anchors = [
      [12, 18],
      [37, 49],
      [52, 132],
      [115, 73],
      [119, 199],
      [242, 238],
    ] as const;
    const found = await detect(
      { coarse, fine },
      (builder, maps) =>
        decodeYolo(
          builder,
          [
            { map: maps.coarse, anchors: anchors.slice(3) },
            { map: maps.fine, anchors: anchors.slice(0, 3) },
          ],
          [320, 320],
        ),
      [768, 576],
      { scoreThreshold: 0.35 },
    );
    const labels = (await data.text(`${at}/coco.names`)).trimEnd().split("\n");
    expectDetections(found, labels, await listed("yolo_fastest_1.1", `${file}.onnx`, "dog"));
  });

  test("UltraFace finds four faces", async () => {
    const ref = "models/ultraface/ref/version-RFB-320.face";
    const inputs = {
      boxes: await data.npy(`${ref}.boxes.npy`),
      scores: await data.npy(`${ref}.scores.npy`),
    };
    const found = await detect(
      inputs,
      (builder, { boxes, scores }) => {
        const byClass = builder.transpose(scores, [0, 2, 1]);
        const cut = { axes: [1], starts: [1], sizes: [1], steps: [1] };
        return { boxes, scores: builder.op("slice", [byClass], cut) };
      },
      [512, 355],
      { centerPointBox: false, scoreThreshold: 0.7, iouThreshold: 0.3 },
    );
    const line = await listed("ultraface", "version-RFB-320.onnx", "face");
    expectDetections(found, ["face"], line);
  });

  test("RetinaFace finds four faces", async () => {
    const ref = "models/retinaface_mobilenet0.25/ref/mobilenet0.25.face";
    const inputs = {
      loc: await data.npy(`${ref}.loc.npy`),
      conf: await data.npy(`${ref}.conf.npy`),
    };
    const level = (step: number, sizes: number[]) => ({
      size: [352 / step, 512 / step] as const,
      boxes: sizes.map((pixels) => [pixels / 512, pixels / 352] as const),
    });
    const priors = priorBoxes([level(8, [10, 20]), level(16, [32, 64]), level(32, [128, 256])]);
    const found = await detect(
      inputs,
      (builder, { loc, conf }) => {
        const byClass = builder.transpose(conf, [0, 2, 1]);
        const cut = { axes: [1], starts: [1], sizes: [1], steps: [1] };
        const scores = builder.op("slice", [byClass], cut);
        return { boxes: decodeSsd(builder, loc, { priors }), scores };
      },
      [512, 355],
      { scoreThreshold: 0.6, iouThreshold: 0.4 },
    );
    const line = await data.text("models/retinaface_mobilenet0.25/detections.txt");
    expectDetections(found, ["face"], line.replaceAll(", ", ","));
  });

  test("BlazeFace finds the astronaut's face", async () => {
    const ref = "models/blazeface_short/ref/face_detection_short_range_fp32.astronaut";
    const inputs = {
      boxes: await data.npy(`${ref}.output0.npy`),
      scores: await data.npy(`${ref}.output1.npy`),
    };
    const cells = (size: number, count: number) => ({
      size: [size, size] as const,
      boxes: new Array<readonly [number, number]>(count).fill([1, 1]),
    });
    const priors = priorBoxes([cells(16, 2), cells(8, 6)]);
    const found = await detect(
      inputs,
      (builder, { boxes, scores }) => {
        const variances = [1 / 128, 1 / 128] as const;
        const decoded = decodeSsd(builder, boxes, { priors, variances, sizes: "linear" });
        const cut = { axes: [2], starts: [0], sizes: [4], steps: [1] };
        return {
          boxes: builder.op("slice", [decoded], cut),
          scores: classScores(builder, scores, { activation: "sigmoid" }),
        };
      },
      [512, 512],
      { scoreThreshold: 0.5, iouThreshold: 0.3 },
    );
    expect(found).toHaveLength(1);
    expect(found[0].score).toBeCloseTo(0.921, 3);
    // UltraFace, which sees more of the forehead: 180,62,268,174
    [179, 82, 274, 177].forEach((edge, k) => {
      expect(Math.abs(found[0].box[k] - edge)).toBeLessThan(1);
    });
  });
});
