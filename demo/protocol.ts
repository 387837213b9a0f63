/** What the page and its worker say to each other. */
import type {
  AdapterDescription,
  Explanation,
  Model,
  PreprocessName,
  Profile,
  Progress,
} from "../src/index.ts";
import type { Detection } from "./detections.ts";

export type Task = "detection" | "classification" | "timing" | "tensors";

export type ModelChoice =
  | { readonly kind: "address"; readonly address: string; readonly preprocess: PreprocessName }
  | { readonly kind: "file"; readonly name: string; readonly bytes: Uint8Array }
  | { readonly kind: "network"; readonly id: string };

export interface NetworkSummary {
  readonly id: string;
  readonly title: string;
}

export interface ModelSummary {
  readonly name: string;
  readonly task: Task;
  readonly input: { readonly name: string; readonly shape: readonly number[] };
  readonly adapter: AdapterDescription;
  readonly statistics: Model["statistics"];
  readonly explanation: Explanation;
  /** What the model is fed with unless the person chooses otherwise. */
  readonly preprocess: PreprocessName;
}

export interface RunRequest {
  /** Without one, the picture of the run before is run again. */
  readonly image?: ImageBitmap;
  readonly preprocess: PreprocessName;
}

export interface ClassScore {
  readonly index: number;
  /** A probability, 0..1. */
  readonly score: number;
}

export interface TensorSummary {
  readonly name: string;
  readonly shape: readonly number[];
  readonly least: number;
  readonly greatest: number;
  readonly mean: number;
}

export type Findings =
  | { readonly task: "detection"; readonly detections: readonly Detection[] }
  | { readonly task: "classification"; readonly classes: readonly ClassScore[] }
  | { readonly task: "tensors"; readonly tensors: readonly TensorSummary[] }
  | { readonly task: "timing" };

export interface RunResult {
  readonly findings: Findings;
  /** From the picture in memory to the outputs in memory, milliseconds. */
  readonly ms: number;
  /** The run that built what the GPU keeps, milliseconds. */
  readonly firstRunMs: number | null;
}

/** The calls that the worker answers, each with its argument and its result. */
export interface Calls {
  networks: { argument: null; result: readonly NetworkSummary[] };
  load: { argument: ModelChoice; result: ModelSummary };
  run: { argument: RunRequest; result: RunResult };
  profile: { argument: null; result: Profile };
}

export type Call = keyof Calls;

export type Request = {
  [C in Call]: { readonly id: number; readonly call: C; readonly argument: Calls[C]["argument"] };
}[Call];

export type Answer =
  | { readonly id: number; readonly result: Calls[Call]["result"] }
  | { readonly id: number; readonly error: { readonly name: string; readonly message: string } }
  | { readonly progress: Progress };
