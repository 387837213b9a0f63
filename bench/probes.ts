/** What benchmarks measure on a device, wherever that is: in this process, or in a page that they call. */
import { probeDevice } from "./device/probe.ts";
import { timeLayer } from "./layers.ts";
import { profileNetwork } from "./profile.ts";
import { timeRuns } from "./scaling/time-runs.ts";

export const PROBES = { probeDevice, timeLayer, profileNetwork, timeRuns };

export type Probes = typeof PROBES;
