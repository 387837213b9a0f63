/** Gates of channels as one kernel, in Chromium. */
import { defineGateTests } from "./gates.ts";

defineGateTests(5);
