/** `node examples/define-fusion/node.js [network] [size]`: the comparison in Node, on Dawn. */
import { readFile } from "node:fs/promises";
import { network, openDevice, withWeights } from "lightfuse";
import { compare, format } from "./compare.js";
import { defineConvPool } from "./conv-pool.js";

const [name = "yolov3_tiny_416", size = "224"] = process.argv.slice(2);
const source = await readFile(new URL("./conv-pool.wgsl", import.meta.url), "utf8");
const graph = await withWeights(network(name, { inputSize: Number(size) }), "synthetic");
const device = await openDevice();
const log = (/** @type {string} */ step) => console.log(`${step} ...`);
const comparison = await compare(graph, defineConvPool(source), device, undefined, log);
console.log(`\n${format(comparison)}`);
device.destroy();
