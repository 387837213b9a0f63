/** What a run asks of WebGPU, in Node. */
import { defineHotPathTests, slope } from "./hot-path.ts";

const pixels = slope(80, 60);

defineHotPathTests({ pixels: () => pixels });
