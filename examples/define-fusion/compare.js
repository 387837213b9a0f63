/** Runs a network with the fusion and without it, tunes it, and times both. */
import { load, syntheticInput, tuneFusion } from "lightfuse";

/**
 * @typedef {object} Comparison
 * @property {number} dispatches of the network with the fusion
 * @property {number} apartDispatches without it
 * @property {number} difference greatest difference of an output, as a part of its greatest magnitude
 * @property {import("lightfuse").Tuning<import("./conv-pool.js").Tile>} tuning
 * @property {{ apart: number, fused: number, tuned: number }} ms medians of whole runs
 */

/**
 * @param {import("lightfuse").Graph} graph with its weights
 * @param {ReturnType<typeof import("./conv-pool.js").defineConvPool>} convPool
 * @param {import("lightfuse").Device} device
 * @param {number} [rounds] 9 by default, 3 where the processor computes
 * @param {(step: string) => void} [onStep] is told what begins
 * @returns {Promise<Comparison>}
 */
export async function compare(
  graph,
  convPool,
  device,
  rounds = device.adapter.software ? 3 : 9,
  onStep = () => undefined,
) {
  const { description, vendor } = device.adapter;
  onStep(`${graph.name} on ${description || vendor}: compiling it with the fusion and without`);
  const input = Object.fromEntries(
    graph.inputs.map(({ name, shape }) => [name, syntheticInput(shape)]),
  );
  const apart = await load(graph, { device });
  const fused = await load(graph, { device, fusions: [convPool] });
  const difference = differenceOf(await fused.run(input), await apart.run(input));

  onStep(`timing each tile at each place, ${rounds} rounds`);
  const tuning = await tuneFusion(graph, convPool, { device, rounds });
  const tuned = await load(graph, {
    device,
    fusions: [convPool.withChoices(tuning.choices)],
  });
  await tuned.run(input);

  onStep(`timing the whole network, ${rounds} rounds`);
  /** @type {[name: "apart" | "fused" | "tuned", model: typeof apart, times: number[]][]} */
  const models = [
    ["apart", apart, []],
    ["fused", fused, []],
    ["tuned", tuned, []],
  ];
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < models.length; i++) {
      const [, model, times] = models[(i + round) % models.length];
      const start = performance.now();
      await model.run(input);
      times.push(performance.now() - start);
    }
  }
  const ms = { apart: 0, fused: 0, tuned: 0 };
  for (const [name, , times] of models) ms[name] = median(times);
  const { dispatches } = fused.statistics;
  const apartDispatches = apart.statistics.dispatches;
  for (const [, model] of models) model.dispose();
  return { dispatches, apartDispatches, difference, tuning, ms };
}

/** @param {Comparison} comparison */
export function format({ dispatches, apartDispatches, difference, tuning, ms }) {
  const line = (/** @type {{ pixels: number, quads: number }} */ { pixels, quads }) =>
    `${pixels} pixels x ${quads} quads`;
  return [
    tuning.adapter.description || tuning.adapter.vendor,
    `${apartDispatches} dispatches apart, ${dispatches} fused; greatest difference ${difference.toExponential(1)}`,
    "",
    ...tuning.sites.flatMap(({ nodes, candidates, apartMs, best }) => [
      `${nodes.join(", ")}: apart ${apartMs.toFixed(2)} ms, best ${best ? line(best) : "apart"}`,
      ...candidates.map(({ candidate, ms: time }) => `  ${line(candidate)}: ${time.toFixed(2)} ms`),
    ]),
    "",
    `whole network: apart ${ms.apart.toFixed(1)} ms, fused ${ms.fused.toFixed(1)} ms, tuned ${ms.tuned.toFixed(1)} ms`,
  ].join("\n");
}

/**
 * @param {Record<string, import("lightfuse").Tensor>} actual
 * @param {Record<string, import("lightfuse").Tensor>} expected
 */
function differenceOf(actual, expected) {
  let [gap, most] = [0, 0];
  for (const [name, { data }] of Object.entries(expected)) {
    data.forEach((/** @type {number} */ value, /** @type {number} */ i) => {
      gap = Math.max(gap, Math.abs(actual[name].data[i] - value));
      most = Math.max(most, Math.abs(value));
    });
  }
  return gap / most;
}

/** @param {number[]} numbers */
function median(numbers) {
  return numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}
