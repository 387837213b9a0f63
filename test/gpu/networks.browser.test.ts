/** Networks with formula weights on the GPU, in Chromium. */
import { defineNetworkTests } from "./networks.ts";

defineNetworkTests(["squeezenet1_1", "mobilenet_v2", "mobilenet_v3_small"]);
