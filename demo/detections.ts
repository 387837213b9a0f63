/** Detected objects: reads them from a model's output, drops repeats, counts them. */
/** Left, top, right, bottom. */
export type Box = readonly [number, number, number, number];

export interface Detection {
  /** In pixels of the picture. */
  readonly box: Box;
  /** 0..1 */
  readonly score: number;
  readonly index: number;
}

export interface Labelled extends Detection {
  readonly label: string;
}

/** Two boxes of one class that overlap more than this are one object seen twice. */
const SAME_OBJECT = 0.6;

/** Lower scores than the slider can ask for are not worth sending to the page. */
export const LEAST_SCORE = 0.05;

/** Reads rows of left, top, right, bottom, score, class in input pixels. */
export function readDetections(rows: Float32Array, unmap: (box: Box) => Box): Detection[] {
  const found: Detection[] = [];
  for (let at = 0; at + 6 <= rows.length; at += 6) {
    const [left, top, right, bottom, score, index] = rows.subarray(at, at + 6);
    if (!(score >= LEAST_SCORE)) continue;
    found.push({ box: unmap([left, top, right, bottom]), score: score, index: index });
  }
  return withoutRepeats(found);
}

/** Best first; of boxes of one class that cover the same object, the best alone stays. */
export function withoutRepeats(detections: readonly Detection[]): Detection[] {
  const kept: Detection[] = [];
  for (const one of [...detections].sort((a, b) => b.score - a.score)) {
    const seen = kept.some(
      (other) => other.index === one.index && overlap(other.box, one.box) > SAME_OBJECT,
    );
    if (!seen) kept.push(one);
  }
  return kept;
}

/** Common area over joint area, 0..1. */
function overlap(a: Box, b: Box): number {
  const width = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
  const height = Math.min(a[3], b[3]) - Math.max(a[1], b[1]);
  if (width <= 0 || height <= 0) return 0;
  const common = width * height;
  return common / (area(a) + area(b) - common);
}

function area([left, top, right, bottom]: Box): number {
  return (right - left) * (bottom - top);
}

/** Counts the classes, most frequent first: "5 boats, 1 person". */
export function countObjects(detections: readonly Labelled[]): string {
  const counts = new Map<string, number>();
  for (const { label } of detections) counts.set(label, (counts.get(label) ?? 0) + 1);
  if (counts.size === 0) return "nothing found";
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  return sorted.map(([label, count]) => `${count} × ${label}`).join(", ");
}
