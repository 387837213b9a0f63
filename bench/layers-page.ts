/** The timing of layers for a page: the benchmark calls it from outside. */
import { timeLayer } from "./layers.ts";

Object.assign(globalThis, { timeLayer });
