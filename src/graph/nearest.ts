/** Finds the known name that a mistyped or missing name most likely meant. */

/** Longer names and longer lists are cut, so that a hostile file cannot make the search slow. */
const MAX_LENGTH = 128;
const MAX_CANDIDATES = 4096;

/** Levenshtein distance: insertions, deletions and substitutions of one character. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 0; i < a.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j++) {
      const substituted = row[j] + (a[i] === b[j] ? 0 : 1);
      next.push(Math.min(substituted, row[j + 1] + 1, next[j] + 1));
    }
    row = next;
  }
  return row[b.length];
}

/** Number of leading parts between dots that are equal: 2 for `a.b.c` and `a.b.d`. */
function commonParts(a: readonly string[], b: readonly string[]): number {
  const differs = a.findIndex((part, i) => part !== b[i]);
  return differs < 0 ? a.length : differs;
}

/**
 * The candidate nearest to `name`: most leading dotted parts in common (the same layer of a
 * network), then least edit distance, then first; null when there is no candidate within `most` edits.
 */
export function nearestName(
  name: string,
  candidates: Iterable<string>,
  most = Infinity,
): string | null {
  const wanted = name.slice(0, MAX_LENGTH);
  const parts = wanted.split(".");
  let nearest: string | null = null;
  let mostCommon = -1;
  let leastDistance = Infinity;
  let seen = 0;
  for (const candidate of candidates) {
    if (seen++ >= MAX_CANDIDATES) break;
    if (candidate.length > MAX_LENGTH) continue;
    const common = commonParts(parts, candidate.split("."));
    if (common < mostCommon) continue;
    const distance = editDistance(wanted, candidate);
    if (common > mostCommon || distance < leastDistance) {
      nearest = candidate;
      mostCommon = common;
      leastDistance = distance;
    }
  }
  return leastDistance <= most ? nearest : null;
}
