/** `npm run bench:fusion`: what each fusion saves, by leaving it out, or costs that is left out by default. */
import { digits, markdownTable, times } from "./markdown.ts";
import { formatHelp, type KnownOptions, parseOptions } from "./options.ts";
import { fittingRuns, type SwitchName, SWITCHES } from "./fusion/switches.ts";
import { type FusionRow, type FusionTimes, timeSwitches } from "./fusion/time-switches.ts";
import { type About, aboutOf, describeAbout, writeResult } from "./results.ts";
import { openRunner } from "./runner.ts";

const NETWORK = "mobilenet_v3_small";
const ROUNDS = 5;

const KNOWN: KnownOptions = {
  usage:
    "npm run bench:fusion -- [networks] [options]\n" +
    "Each fusion on against off, interleaved, in Node on Dawn.",
  values: {
    networks: `names with commas between (${NETWORK}); also without --networks`,
    switches: `of ${Object.keys(SWITCHES).join(",")}`,
    rounds: `in each, all variants run one after the other (${ROUNDS})`,
  },
  flags: {
    all: "each switch on a network whose plan it changes",
    json: "print JSON",
  },
};

export interface FusionResult extends About {
  readonly rounds: number;
  readonly networks: readonly FusionTimes[];
}

/** @throws Error for wrong options, and without an adapter */
export async function main(given: readonly string[]): Promise<void> {
  const options = parseOptions(given, KNOWN);
  if (options.has("help")) {
    console.log(formatHelp(KNOWN));
    return;
  }
  const rounds = options.count("rounds", ROUNDS);
  const wanted = switchesOf(options.list("switches"));
  const named = [...options.names, ...(options.list("networks") ?? [])];
  const runs = options.has("all")
    ? fittingRuns().map(({ network, switches }) => ({
        network,
        switches: switches.filter((name) => wanted.includes(name)),
      }))
    : (named.length > 0 ? named : [NETWORK]).map((network) => ({ network, switches: wanted }));
  const runner = await openRunner(false);
  const networks: FusionTimes[] = [];
  for (const { network, switches } of runs.filter((run) => run.switches.length > 0)) {
    networks.push(await timeSwitches(network, switches, rounds));
    console.error(`bench: ${network}: ${switches.join(", ")}`);
  }
  await runner.close();
  const about = aboutOf("fusion", runner, "bench:fusion", given);
  const result: FusionResult = { ...about, rounds, networks };
  const markdown = formatFusion(result);
  writeResult("fusion", result, markdown);
  console.log(options.has("json") ? JSON.stringify(result, null, 2) : markdown);
}

/** @throws Error for a switch that is not known */
function switchesOf(wanted?: readonly string[]): SwitchName[] {
  const all = Object.keys(SWITCHES) as SwitchName[];
  const unknown = wanted?.find((name) => !all.includes(name as SwitchName));
  if (unknown) throw new Error(`switch "${unknown}" is not known; known: ${all.join(", ")}`);
  return wanted ? all.filter((name) => wanted.includes(name)) : all;
}

function formatFusion(result: FusionResult): string {
  const { networks, rounds } = result;
  return [
    `# Fused against unfused on ${result.adapter}`,
    "",
    describeAbout(result),
    `Medians of ${rounds} rounds, ratios to the run with the defaults; + is with a fusion that is off by default.`,
    ...networks.flatMap(({ network, rows, failures }) => [
      "",
      `## ${network}`,
      "",
      tableOf(rows),
      ...(failures.length > 0 ? [""] : []),
      ...failures.map(({ without, why }) => `- ${without} failed: ${why}`),
    ]),
  ].join("\n");
}

function tableOf(rows: readonly FusionRow[]): string {
  const isOff = (name: string): boolean =>
    name in SWITCHES && !SWITCHES[name as keyof typeof SWITCHES];
  return markdownTable<FusionRow>(
    [
      {
        title: "without",
        left: true,
        cell: ({ without }) => (isOff(without) ? `+ ${without}` : without),
      },
      { title: "dispatches", cell: ({ dispatches }) => dispatches },
      { title: "arena, MB", cell: ({ arenaBytes }) => (arenaBytes / 1e6).toFixed(2) },
      { title: "ms", cell: ({ ms }) => digits(ms) },
      { title: "ratio", cell: ({ ratio }) => times(ratio) },
      { title: "CPU-ms", cell: ({ cpuMs }) => digits(cpuMs) },
      { title: "ratio", cell: ({ cpuRatio }) => times(cpuRatio) },
      { title: "difference", cell: ({ difference }) => difference.toExponential(1) },
    ],
    rows,
  );
}
