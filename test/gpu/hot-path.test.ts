/** What a run asks of WebGPU, in Node. */
// @module-tag slow
import { defineHotPathTests, slope } from "./hot-path.ts";

const pixels = slope(80, 60);

defineHotPathTests({ pixels: () => pixels });
