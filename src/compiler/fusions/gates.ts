/** The fusions of gates: loaded, with their kernel, when a graph may have them. */
import type { LowerTable } from "../lower/lower.ts";
import { splitAttention } from "./split-attention.ts";
import { squeezeExcite } from "./squeeze-excite.ts";

export const GATES: LowerTable = { fusions: [splitAttention, squeezeExcite] };
