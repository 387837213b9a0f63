/** Gates of channels as one kernel, on Dawn. */
import { defineGateTests } from "./gates.ts";

defineGateTests(40, "slow");
