/** What the comparison found: medians over rounds, and ratios to lightfuse. */
import { ENGINES, type EngineId } from "./engines.ts";
import type { Measurement } from "./measure.ts";
import type { About } from "./results.ts";
import { median } from "./statistics.ts";

/** Bytes of bodies that the page fetched; the library is all but the model and its input. */
export interface Downloads {
  readonly libraryBytes: number;
  readonly libraryGzip: number;
  readonly modelBytes: number;
}

export interface Entry {
  readonly measurement: Measurement;
  readonly downloads: Downloads;
  /** Greatest difference to lightfuse's output, as part of its greatest value. */
  readonly difference: number | undefined;
}

/** By engine; a string says why it could not run. */
export type Round = ReadonlyMap<EngineId, Entry | string>;

export interface Row {
  readonly engine: EngineId;
  readonly title: string;
  readonly version: string;
  readonly failure?: string;
  /** Medians over rounds; `ratio` to lightfuse is the median of the ratios within each round. */
  readonly figures: Readonly<Record<string, Figure | undefined>>;
}

/** What one network's comparison found. */
export interface PeerResult extends About {
  readonly network: string;
  readonly weights: string;
  readonly inputShape: readonly number[];
  readonly rounds: number;
  /** At most, in steady state, a round. */
  readonly runs: number;
  readonly rows: readonly Row[];
}

export interface Figure {
  readonly value: number;
  readonly ratio?: number;
  readonly values: readonly number[];
}

const FIGURES: Readonly<Record<string, (entry: Entry) => number | undefined>> = {
  runCpuMs: ({ measurement }) => measurement.runCpuMs,
  runMs: ({ measurement }) => median(measurement.runMs),
  coldCpuMs: ({ measurement }) => measurement.coldCpuMs,
  coldMs: ({ measurement }) => measurement.coldMs,
  dispatches: ({ measurement }) => measurement.dispatches,
  passes: ({ measurement }) => measurement.passes,
  submits: ({ measurement }) => measurement.submits,
  pipelines: ({ measurement }) => measurement.pipelines,
  peakGpuBytes: ({ measurement }) => measurement.peakGpuBytes,
  libraryBytes: ({ downloads }) => downloads.libraryBytes,
  libraryGzip: ({ downloads }) => downloads.libraryGzip,
  modelBytes: ({ downloads }) => downloads.modelBytes,
  difference: ({ difference }) => difference,
};

/** One row an engine, in the order of `engines`. */
export function rowsOf(
  engines: readonly EngineId[],
  rounds: readonly Round[],
  versions: ReadonlyMap<EngineId, string>,
): Row[] {
  return engines.map((engine) => {
    const { title } = ENGINES.find(({ id }) => id === engine)!;
    const failure = rounds
      .map((round) => round.get(engine))
      .find((entry) => typeof entry === "string");
    const figures = Object.entries(FIGURES).map(([name, read]) => {
      return [name, figureOf(engine, rounds, read)] as const;
    });
    return {
      engine,
      title,
      version: versions.get(engine) ?? "",
      ...(failure !== undefined && { failure }),
      figures: Object.fromEntries(figures),
    };
  });
}

function figureOf(
  engine: EngineId,
  rounds: readonly Round[],
  read: (entry: Entry) => number | undefined,
): Figure | undefined {
  const of = (round: Round, id: EngineId): number | undefined => {
    const entry = round.get(id);
    return entry === undefined || typeof entry === "string" ? undefined : read(entry);
  };
  const isKnown = (value: number | undefined): value is number => value !== undefined;
  const values = rounds.map((round) => of(round, engine)).filter(isKnown);
  const value = median(values);
  if (value === undefined) return undefined;
  const ratios = rounds
    .map((round) => {
      const [mine, base] = [of(round, engine), of(round, "lightfuse")];
      return mine === undefined || !base ? undefined : mine / base;
    })
    .filter(isKnown);
  const ratio = median(ratios);
  return { value, values, ...(ratio !== undefined && { ratio }) };
}
