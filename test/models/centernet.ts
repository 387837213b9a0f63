/** CenterNet, the model that a fresh clone runs, on pixels for which TensorFlow.js's boxes are known. */
import { expect } from "vitest";
import type { RunInput } from "../../src/inputs.ts";
import { load } from "../../src/model.ts";
import type { Model } from "../../src/loaded-model.ts";
import { testDevice } from "../gpu/run-kernel.ts";
import type { RealData } from "./data.ts";

const MODEL = new URL(
  "../../node_modules/@vladmandic/human/models/centernet.json",
  import.meta.url,
);

const FOLDER = "models/centernet_mobilenetv3/ref";

/** The photo of the boats, in the top left of a black square. */
export const BOATS = `${FOLDER}/boats_512.png`;

export async function loadCenterNet(): Promise<Model> {
  return load(MODEL, { device: await testDevice() });
}

/** Rows x1, y1, x2, y2, score, class with a score above 0.2, in the order of the output. */
function rowsOf(data: ArrayLike<number>): number[][] {
  const rows = Array.from({ length: data.length / 6 }, (_, i) =>
    Array.from({ length: 6 }, (_column, k) => data[i * 6 + k]),
  );
  return rows.filter((row) => row[4] > 0.2);
}

/** Fails unless the model finds what TensorFlow.js finds. */
export async function expectBoats(data: RealData, model: Model, input: RunInput): Promise<void> {
  const outputs = await model.run(input, { preprocess: "centernet" });
  const actual = rowsOf(outputs["tower_0/detections"].data);
  const expected = rowsOf((await data.npy(`${FOLDER}/detections.npy`)).data);
  expect(expected.length).toBeGreaterThan(3);
  expect(actual.length).toBe(expected.length);
  for (const [i, [x1, y1, x2, y2, score, label]] of expected.entries()) {
    const row = actual[i];
    expect(row[5]).toBe(label);
    expect(Math.abs(row[4] - score)).toBeLessThan(0.005);
    for (const [k, edge] of [x1, y1, x2, y2].entries()) {
      expect(Math.abs(row[k] - edge)).toBeLessThan(1);
    }
  }
}
