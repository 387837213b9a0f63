/** A step whose numbers and stages are known, and whose shader is not linked yet. */
import type { Configuration, Stage } from "../shaders/kernel.ts";
import type { Step } from "./lower/step.ts";

export interface PreparedStep {
  readonly step: Step;
  readonly configuration: Configuration;
  readonly stages: Readonly<Record<string, readonly Stage[]>>;
}
