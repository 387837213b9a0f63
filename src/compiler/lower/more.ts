/** The functions that lower rarer operators: loaded, with their kernels, when a graph has them. */
import type { LowerTable } from "./lower.ts";

export const MORE: LowerTable = {};
