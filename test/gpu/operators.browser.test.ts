/** Every case of every operator on the GPU, in Chromium. */
// @module-tag quick
import { defineOperatorTests } from "./operators.ts";

defineOperatorTests();
