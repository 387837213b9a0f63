/** The blocks that have fixtures, of all families. */
import { Scope } from "../../src/blocks/scope.ts";
import { GraphBuilder } from "../../src/graph/builder.ts";
import type { Graph } from "../../src/graph/graph.ts";
import { BLOCK_GOLDENS } from "../goldens.ts";
import { DENSE_FIXTURES } from "./fixtures/dense.ts";
import { EFFICIENTNET_FIXTURES } from "./fixtures/efficientnet.ts";
import type { Fixtures } from "./fixtures/fixture.ts";
import { GHOSTNET_FIXTURES } from "./fixtures/ghostnet.ts";
import { HBONET_FIXTURES } from "./fixtures/hbonet.ts";
import { HIERARCHICAL_FIXTURES } from "./fixtures/hierarchical.ts";
import { INCEPTION_FIXTURES } from "./fixtures/inception.ts";
import { MOBILENET_FIXTURES } from "./fixtures/mobilenet.ts";
import { RESNET_FIXTURES } from "./fixtures/resnet.ts";
import { SEARCHED_FIXTURES } from "./fixtures/searched.ts";
import { SHIFT_FIXTURES } from "./fixtures/shift.ts";
import { SHUFFLENET_FIXTURES } from "./fixtures/shufflenet.ts";
import { SQUEEZE_EXCITE_FIXTURES } from "./fixtures/squeeze-excite.ts";
import { SQUEEZENET_FIXTURES } from "./fixtures/squeezenet.ts";

export const BLOCKS: Fixtures = {
  ...SQUEEZENET_FIXTURES,
  ...MOBILENET_FIXTURES,
  ...SHUFFLENET_FIXTURES,
  ...SHIFT_FIXTURES,
  ...GHOSTNET_FIXTURES,
  ...SEARCHED_FIXTURES,
  ...HBONET_FIXTURES,
  ...EFFICIENTNET_FIXTURES,
  ...SQUEEZE_EXCITE_FIXTURES,
  ...RESNET_FIXTURES,
  ...HIERARCHICAL_FIXTURES,
  ...DENSE_FIXTURES,
  ...INCEPTION_FIXTURES,
};

/** A graph of the one block, from x to y, with parameters that are not yet bound. */
export function buildBlock(id: string): Graph {
  const builder = new GraphBuilder(id);
  const x = builder.input("x", BLOCK_GOLDENS[id].input);
  builder.output("y", BLOCKS[id](new Scope(builder), x));
  return builder.graph;
}
