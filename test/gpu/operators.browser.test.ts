/** Every case of every operator on the GPU, in Chromium. */
import { defineOperatorTests } from "./operators.ts";

defineOperatorTests();
