/** A generator of random cases for each operator; they shrink to small ones. */
import type { Arbitrary } from "fast-check";
import type { OperatorName } from "../../src/graph/attributes.ts";
import type { Case } from "../cases/case.ts";
import * as dense from "./random-cases/dense.ts";
import * as elementwise from "./random-cases/elementwise.ts";
import * as structure from "./random-cases/structure.ts";
import * as windows from "./random-cases/windows.ts";

/** Non-maximum suppression is compared box by box in `non-max-suppression.test.ts`. */
type Random = Exclude<OperatorName, "nonMaxSuppression">;

export const RANDOM_CASES: { readonly [K in Random]: Arbitrary<Case<K>> } = {
  ...windows,
  ...dense,
  ...elementwise,
  ...structure,
};
