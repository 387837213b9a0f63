/** PyTorch's fixtures on the GPU, in Node. */
import { defineFixtureTests } from "./fixtures.ts";

defineFixtureTests();
