/** Finds out what an importer makes of an operator by trying inputs until it takes some. */
import type { OperatorName } from "../../src/graph/attributes.ts";

/**
 * The operators of the first attempt that leaves any to a run; none where all that succeed are known
 * at import.
 * @throws Error when no attempt succeeds
 */
export function firstOf(
  where: string,
  attempts: readonly (() => OperatorName[])[],
): readonly OperatorName[] {
  let taken = false;
  for (const attempt of attempts) {
    let found: OperatorName[];
    try {
      found = attempt();
    } catch {
      continue; // Inputs for another operator.
    }
    taken = true;
    if (found.length > 0) return found;
  }
  if (!taken) throw new Error(`${where} takes none of the inputs; add some`);
  return [];
}
