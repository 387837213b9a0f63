/** `npm run bench:shaders`: what each pipeline of a network costs to compile, which is most of a cold start. */
import { useVulkan } from "../scripts/vulkan.js";
import { createModel, openDevice } from "../src/index.ts";
import { markdownTable } from "./markdown.ts";
import { formatHelp, type KnownOptions, parseOptions } from "./options.ts";
import { type About, aboutOf, adapterName, describeAbout, writeResult } from "./results.ts";

const NETWORKS = ["squeezenet1_1", "mobilenet_v2", "mobilenet_v3_small"] as const;
const ROUNDS = 3;

const KNOWN: KnownOptions = {
  usage:
    "npm run bench:shaders -- [networks] [options]\n" +
    "CPU-milliseconds that each pipeline of a network takes to compile, in Node on Dawn.",
  values: { rounds: `in each, every pipeline is compiled on a fresh device (${ROUNDS})` },
  flags: { json: "print JSON" },
};

/** A pipeline as it was asked for. */
interface Request {
  readonly label: string;
  readonly code: string;
  readonly constants: Record<string, number>;
}

export interface ShaderRow {
  readonly network: string;
  /** Of the first dispatch that has it, with its kernel. */
  readonly label: string;
  /** Of the linked WGSL. */
  readonly bytes: number;
  /** CPU time, the least of the rounds. */
  readonly ms: number;
}

interface ShadersResult extends About {
  readonly rounds: number;
  readonly rows: readonly ShaderRow[];
}

/** @throws Error for wrong options, and without an adapter */
export async function main(given: readonly string[]): Promise<void> {
  const options = parseOptions(given, KNOWN);
  if (options.has("help")) {
    console.log(formatHelp(KNOWN));
    return;
  }
  if (useVulkan() === "none") throw new Error("no GPU and no software driver were found");
  const rounds = options.count("rounds", ROUNDS);
  const rows: ShaderRow[] = [];
  let adapter = "";
  for (const network of options.names.length > 0 ? options.names : NETWORKS) {
    const asked = await requestsOf(network);
    adapter = asked.adapter;
    const times = await compileAll(asked.requests, rounds);
    const own = asked.requests.map(({ label, code }, i) => {
      return { network, label, bytes: code.length, ms: times[i] } satisfies ShaderRow;
    });
    rows.push(...own.sort((a, b) => b.ms - a.ms));
  }
  const host = `Node ${process.versions.node} on Dawn`;
  const result: ShadersResult = {
    ...aboutOf("shaders", { adapter, host }, "bench:shaders", given),
    rounds,
    rows,
  };
  const markdown = formatShaders(result);
  writeResult("shaders", result, markdown);
  console.log(options.has("json") ? JSON.stringify(result, null, 2) : markdown);
}

/** The pipelines that loading a network asks for, each once. */
async function requestsOf(network: string): Promise<{ adapter: string; requests: Request[] }> {
  const device = await openDevice();
  const { gpu } = device;
  const codes = new Map<GPUShaderModule, string>();
  const requests: Request[] = [];
  const createShaderModule = gpu.createShaderModule.bind(gpu);
  const createComputePipelineAsync = gpu.createComputePipelineAsync.bind(gpu);
  gpu.createShaderModule = (descriptor) => {
    const module = createShaderModule(descriptor);
    codes.set(module, descriptor.code);
    return module;
  };
  gpu.createComputePipelineAsync = (descriptor) => {
    const { module, constants = {} } = descriptor.compute;
    const { label = "" } = descriptor;
    requests.push({ label, code: codes.get(module)!, constants: { ...constants } });
    return createComputePipelineAsync(descriptor);
  };
  try {
    (await createModel(network, "synthetic", { device })).dispose();
    return { adapter: adapterName(device.adapter), requests };
  } finally {
    device.destroy();
  }
}

/** Milliseconds of CPU time of each. A device keeps what it has compiled, so each round has its own. */
async function compileAll(requests: readonly Request[], rounds: number): Promise<number[]> {
  const best = requests.map(() => Infinity);
  for (let round = 0; round < rounds; round++) {
    const device = await openDevice();
    for (const [i, { code, constants }] of requests.entries()) {
      const start = process.cpuUsage();
      const module = device.gpu.createShaderModule({ code });
      // Not the asynchronous one: in Node the process waits for it by looking again and again.
      device.gpu.createComputePipeline({
        layout: "auto",
        compute: { module, entryPoint: "main", constants },
      });
      const { user, system } = process.cpuUsage(start);
      best[i] = Math.min(best[i], (user + system) / 1000);
    }
    device.check();
    device.destroy();
  }
  return best;
}

function formatShaders(result: ShadersResult): string {
  const { rows, rounds, adapter } = result;
  const networks = [...new Set(rows.map(({ network }) => network))];
  const sums = networks.map((network) => {
    const own = rows.filter((row) => row.network === network);
    const ms = own.reduce((sum, row) => sum + row.ms, 0);
    return `${network}: ${own.length} pipelines, ${ms.toFixed(0)} CPU-ms`;
  });
  return [
    `# Compiling shaders on ${adapter}`,
    "",
    describeAbout(result),
    `CPU time, the least of ${rounds} rounds.`,
    "",
    ...sums.map((line) => `- ${line}`),
    "",
    markdownTable<ShaderRow>(
      [
        { title: "network", left: true, cell: ({ network }) => network },
        { title: "first dispatch", left: true, cell: ({ label }) => label },
        { title: "WGSL, KB", cell: ({ bytes }) => (bytes / 1000).toFixed(1) },
        { title: "CPU-ms", cell: ({ ms }) => ms.toFixed(0) },
      ],
      rows,
    ),
  ].join("\n");
}
