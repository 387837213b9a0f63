/** The functions that lower rarer operators: loaded, with their kernels, when a graph has them. */
import type { LowerTable } from "./lower.ts";
import { lowerMatmul } from "./matmul.ts";
import { lowerFilteredResize } from "./resize.ts";
import { lowerGather, lowerTopK } from "./selection.ts";
import { lowerWhere } from "./where.ts";

export const MORE: LowerTable = {
  matmul: lowerMatmul,
  gather: lowerGather,
  topK: lowerTopK,
  where: lowerWhere,
  filteredResize: lowerFilteredResize,
};
