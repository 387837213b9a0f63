/** Reads what a model's outputs mean: boxes, classes, or neither. */
import {
  planPreprocess,
  unmapBox,
  type Model,
  type PreprocessName,
  type Tensor,
} from "../src/index.ts";
import { readDetections } from "./detections.ts";
import type { ClassScore, Findings, Task, TensorSummary } from "./protocol.ts";

const BEST_CLASSES = 5;

/** How far from 1 the sum of probabilities may be, for rounding. */
const SUM_TOLERANCE = 0.02;

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly preprocess: PreprocessName;
}

/** What the first output that can be read so tells: rows of six are boxes, one row is classes. */
export function taskOf(outputs: Model["outputs"]): Task {
  if (outputs.some(({ shape }) => isBoxes(shape))) return "detection";
  return outputs.some(({ shape }) => isClasses(shape)) ? "classification" : "tensors";
}

/** What a model of unknown origin most likely expects. */
export function usualPreprocess(task: Task): PreprocessName {
  return task === "detection" ? "centernet" : "imagenet";
}

export function readFindings(
  task: Task,
  outputs: Readonly<Record<string, Tensor>>,
  { input, picture }: { input: readonly number[]; picture: Picture },
): Findings {
  const tensors = Object.values(outputs);
  if (task === "timing") return { task };
  if (task === "detection") {
    const rows = Float32Array.from(tensors.find(({ shape }) => isBoxes(shape))!.data);
    const geometry = planPreprocess(picture.preprocess, picture, sizeOf(input));
    return { task, detections: readDetections(rows, (box) => unmapBox(box, geometry)) };
  }
  if (task === "classification") {
    const scores = tensors.find(({ shape }) => isClasses(shape))!.data;
    return { task, classes: bestClasses(Float32Array.from(scores)) };
  }
  return { task, tensors: Object.entries(outputs).map(([name, tensor]) => summary(name, tensor)) };
}

/** [1, n, 6] */
function isBoxes(shape: readonly number[]): boolean {
  return shape.length === 3 && shape[0] === 1 && shape[2] === 6;
}

/** [1, k], also with axes of one behind. */
function isClasses([batch, classes, ...rest]: readonly number[]): boolean {
  return batch === 1 && classes !== undefined && classes > 1 && rest.every((size) => size === 1);
}

/** Of an image input: [1, C, H, W], or [1, H, W, C] as TensorFlow has it. */
function sizeOf([, second, third, fourth]: readonly number[]): { width: number; height: number } {
  const channelsLast = fourth === 3 && second !== 3;
  return channelsLast
    ? { width: third ?? 0, height: second ?? 0 }
    : { width: fourth ?? 0, height: third ?? 0 };
}

function bestClasses(values: Float32Array): ClassScore[] {
  const scores = isDistribution(values) ? values : softmax(values);
  const ranked = Array.from(scores, (score, index) => ({ index, score }));
  return ranked.sort((a, b) => b.score - a.score).slice(0, BEST_CLASSES);
}

function isDistribution(values: Float32Array): boolean {
  const sum = values.reduce((total, value) => total + value, 0);
  return values.every((value) => value >= 0) && Math.abs(sum - 1) < SUM_TOLERANCE;
}

function softmax(values: Float32Array): Float32Array {
  const greatest = values.reduce((most, value) => Math.max(most, value), -Infinity);
  const powers = values.map((value) => Math.exp(value - greatest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function summary(name: string, { shape, data }: Tensor): TensorSummary {
  const values = Float32Array.from(data);
  let least = Infinity;
  let greatest = -Infinity;
  let sum = 0;
  for (const value of values) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
    sum += value;
  }
  return { name, shape, least, greatest, mean: sum / values.length };
}
