/** The arena of every network of the registry is as small as what lives at once allows. */
import { expect, test } from "vitest";
import { NETWORKS, network } from "../../src/blocks/networks.ts";
import { planOf, withZeros } from "./graphs.ts";

test.each(NETWORKS.map(({ id }) => id))(
  "the arena of %s takes at most 1.1 times what lives at once",
  { tags: ["slow"], timeout: 60_000 },
  (id) => {
    const { arenaBytes, lowerBoundBytes } = planOf(withZeros(network(id)));
    expect(lowerBoundBytes).toBeGreaterThan(0);
    expect(arenaBytes).toBeLessThanOrEqual(1.1 * lowerBoundBytes);
  },
);
