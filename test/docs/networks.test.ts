/** docs/networks.md is made from the registry: `npx vitest run --project node test/docs -u` writes it anew. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { network, NETWORKS } from "../../src/blocks/networks.ts";
import type { NetworkEntry } from "../../src/blocks/networks/entry.ts";
import { compile } from "../../src/compiler/compile.ts";
import { sizeOf } from "../../src/graph/tensor.ts";
import type { Tensor } from "../../src/graph/tensor.ts";
import { bindWeights, listParameters } from "../../src/graph/weights.ts";
import { LOWER_TABLE, TRAITS } from "../compiler/graphs.ts";

const row = (...cells: string[]): string => `| ${cells.join(" | ")} |`;
const count = (value: number): string => value.toLocaleString("en-US");
const linkTo = (arXiv: string): string => `[${arXiv}](https://arxiv.org/abs/${arXiv})`;

/** By paper, in the order of the registry. */
function families(): NetworkEntry[][] {
  const found = new Map<string, NetworkEntry[]>();
  for (const entry of NETWORKS) {
    const { arXiv } = entry.paper;
    const family = found.get(arXiv);
    if (family) family.push(entry);
    else found.set(arXiv, [entry]);
  }
  return [...found.values()];
}

function networkRow({ id, title, inputSize, parameters, macs, follows }: NetworkEntry): string {
  return row(`\`${id}\``, title, inputSize.join(" x "), count(parameters), count(macs), follows);
}

function page(): string {
  return [
    "# Networks",
    "",
    `Made from the registry; \`test/docs/networks.test.ts\` fails when it is stale. These ${NETWORKS.length} networks are built by name,`,
    '`createModel("resnet50", "resnet50.safetensors")`, grouped by paper. Parameters and multiply-accumulates (of one image of',
    "the size shown, without options) are counted from the graph by the tests, and equal to counts of the code in the last",
    "column where `test/goldens` has them; weights have that code's names. `lightfuse networks` lists them, `lightfuse inspect",
    "<name> --layers` shows each layer by layer. Where no released code settles the details the last column says so.",
    "",
    "A Once-for-All sub-network also loads the weights of its super-network (`ofa_mbv3_d234_e346_k357_w1.0` or `_w1.2`, saved",
    "as safetensors): the first blocks of each stage, the first channels of each block, kernels made smaller by `7to5_matrix`",
    "and `5to3_matrix`. Its batch norms have the super-network's statistics, which the authors measure anew for each sub-network.",
    ...families().flatMap((entries) => {
      const { authors, title, arXiv } = entries[0].paper;
      return [
        "",
        `## ${title}`,
        "",
        `${authors}, ${linkTo(arXiv)}`,
        "",
        row("name", "network", "input", "parameters", "MACs", "exact against"),
        row("---", "---", "---", "---:", "---:", "---"),
        ...entries.map(networkRow),
      ];
    }),
    "",
  ].join("\n");
}

test("docs/networks.md lists what the registry has", async () => {
  await expect(page()).toMatchFileSnapshot("../../docs/networks.md");
});

test("the table of networks in README.md says what the registry says", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const ids = [...readme.matchAll(/^\| `([^`]+)`/gm)].map(([, id]) => id);
  expect(ids.length).toBeGreaterThanOrEqual(10);
  for (const id of ids) {
    const { paper, parameters, macs } = NETWORKS.find((entry) => entry.id === id)!;
    const line = readme.split("\n").find((text) => text.startsWith(`| \`${id}\``))!;
    const cells = line.split("|").map((cell) => cell.trim());
    expect(cells.slice(2, 5)).toEqual([linkTo(paper.arXiv), count(parameters), count(macs)]);
  }
  expect(readme).toContain(`[All ${NETWORKS.length} networks](docs/networks.md)`);
});

/** Compiled with weights that are all alike: the plan depends on their shapes alone. */
function dispatchesOf(id: string): number {
  const graph = network(id);
  const weights = listParameters(graph).map(({ parameter, shape }): [string, Tensor] => [
    parameter!,
    { shape, dtype: "float32", data: new Float32Array(sizeOf(shape)).fill(0.5) },
  ]);
  const bound = bindWeights(graph, new Map(weights), "given");
  const { dispatches } = compile(bound, TRAITS, {}, LOWER_TABLE);
  return dispatches.filter(({ when }) => when === "always").length;
}

const SLOW = { timeout: 120_000, tags: ["slow"] };

test("README.md says how many dispatches a network takes", SLOW, () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  const rows = [...readme.matchAll(/^\| `([^`]+)` .*\| +(\d+) \| [^|]+\|$/gm)];
  expect(rows.length).toBeGreaterThanOrEqual(10);
  for (const [, id, dispatches] of rows) expect(dispatchesOf(id), id).toBe(Number(dispatches));
});
