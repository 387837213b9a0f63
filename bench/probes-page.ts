/** The measurements for a page: the benchmark calls them from outside. */
import { PROBES } from "./probes.ts";

Object.assign(globalThis, { probes: PROBES });
