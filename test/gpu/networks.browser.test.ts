/** Networks with formula weights on the GPU, in Chromium. */
import { defineNetworkTests } from "./networks.ts";

defineNetworkTests([
  "squeezenet1_1",
  "mobilenet_v2",
  "mobilenet_v3_small",
  "shiftresnet20_e3_c10",
  "shufflenetv2_1.0x_megvii",
  "hbonet_0.25",
]);
