/** Scales of charts: from values to pixels, and the round values at which an axis has its ticks. */

export interface Scale {
  /** Pixels of a value. */
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

type Range = readonly [number, number];

/** From 0 to the next round value from `most` on. */
export function linearScale(most: number, [start, end]: Range, count = 5): Scale {
  const ticks = roundTicks(most > 0 ? most : 1, count);
  const last = ticks.at(-1)!;
  return { at: (value) => start + ((end - start) * value) / last, ticks };
}

/** Over the powers of ten around the values, which must be above 0. */
export function logScale([least, most]: Range, [start, end]: Range): Scale {
  const first = Math.floor(Math.log10(least) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.log10(most) - 1e-9));
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
  const at = (value: number): number =>
    start + ((end - start) * (Math.log10(value) - first)) / (last - first);
  return { at, ticks };
}

/** As `logScale`, with ticks at 1, 2 and 5 times powers of ten: for values that are near each other. */
export function fineLogScale([least, most]: Range, [start, end]: Range): Scale {
  const all = Array.from({ length: 25 }, (_, i) => i - 12).flatMap((power) =>
    [1, 2, 5].map((factor) => Number(`${factor}e${power}`)),
  );
  const first = all.findLastIndex((tick) => tick <= least * 1.0001);
  const last = all.findIndex((tick) => tick >= most * 0.9999);
  const ticks = all.slice(first, Math.max(last, first + 1) + 1);
  const span = Math.log(ticks.at(-1)! / ticks[0]);
  const at = (value: number): number => start + ((end - start) * Math.log(value / ticks[0])) / span;
  return { at, ticks };
}

/** 0, and steps of 1, 2 or 5 times a power of ten, about `count` of them, to `most` or beyond it. */
export function roundTicks(most: number, count: number): number[] {
  const rough = most / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough * 0.999)!;
  const steps = Math.ceil((most / step) * 0.9999);
  return Array.from({ length: steps + 1 }, (_, i) => Number((i * step).toPrecision(12)));
}

/** A tick as text: 0.01, 5, 1000, 20k. */
export function tickText(value: number): string {
  if (value >= 10_000) return `${value / 1000}k`;
  return String(Number(value.toPrecision(6)));
}
