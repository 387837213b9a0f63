/** The registry of networks that need no model file, only weights. */
import { GraphError } from "../graph/errors.ts";
import type { Graph } from "../graph/graph.ts";
import { nearestName } from "../graph/nearest.ts";
import { ALEXNETS } from "./networks/alexnet.ts";
import { CIFAR_RESNETS } from "./networks/cifar-resnet.ts";
import { CSP_DARKNETS } from "./networks/csp-darknet.ts";
import { CSP_DENSENETS } from "./networks/csp-densenet.ts";
import { CSPNETS } from "./networks/cspnet.ts";
import { DARKNETS } from "./networks/darknet.ts";
import { DENSENETS } from "./networks/densenet.ts";
import { EFFICIENTNETS } from "./networks/efficientnet.ts";
import type { NetworkEntry } from "./networks/entry.ts";
import { GHOSTNETS } from "./networks/ghostnet.ts";
import { GOOGLENETS } from "./networks/googlenet.ts";
import { HBONETS } from "./networks/hbonet.ts";
import { HS_RESNETS } from "./networks/hs-resnet.ts";
import { INCEPTIONS_V3 } from "./networks/inception-v3.ts";
import { MCUNETS } from "./networks/mcunet.ts";
import { MOBILENETS_V1 } from "./networks/mobilenet-v1.ts";
import { MOBILENETS_V2 } from "./networks/mobilenet-v2.ts";
import { MOBILENETS_V3 } from "./networks/mobilenet-v3.ts";
import { ONCE_FOR_ALLS } from "./networks/once-for-all.ts";
import type { NetworkOptions } from "./networks/options.ts";
import { RES2NETS } from "./networks/res2net.ts";
import { RESNESTS } from "./networks/resnest.ts";
import { RESNETS } from "./networks/resnet.ts";
import { SE_BN_INCEPTIONS } from "./networks/se-bn-inception.ts";
import { SENETS } from "./networks/senet.ts";
import { SHUFFLENETS_V1 } from "./networks/shufflenet-v1.ts";
import { SHUFFLENETS_V2 } from "./networks/shufflenet-v2.ts";
import { SKNETS } from "./networks/sknet.ts";
import { SQUEEZENETS } from "./networks/squeezenet.ts";
import { VGGS } from "./networks/vgg.ts";

/** Every network that can be built by name. */
export const NETWORKS: readonly NetworkEntry[] = [
  ...SQUEEZENETS,
  ...MOBILENETS_V1,
  ...MOBILENETS_V2,
  ...MOBILENETS_V3,
  ...SHUFFLENETS_V1,
  ...SHUFFLENETS_V2,
  ...GHOSTNETS,
  ...HBONETS,
  ...CIFAR_RESNETS,
  ...EFFICIENTNETS,
  ...MCUNETS,
  ...ONCE_FOR_ALLS,
  ...ALEXNETS,
  ...VGGS,
  ...GOOGLENETS,
  ...INCEPTIONS_V3,
  ...RESNETS,
  ...SENETS,
  ...SE_BN_INCEPTIONS,
  ...SKNETS,
  ...RESNESTS,
  ...RES2NETS,
  ...HS_RESNETS,
  ...DENSENETS,
  ...CSP_DENSENETS,
  ...CSPNETS,
  ...CSP_DARKNETS,
  ...DARKNETS,
];

/**
 * The entry of a network, by its id or an alias: `tv_mobilenet_v2` is `mobilenet_v2`.
 * @throws GraphError when no network has that name
 */
export function networkEntry(id: string): NetworkEntry {
  const entry = NETWORKS.find((network) => network.id === id || network.aliases?.includes(id));
  if (entry) return entry;
  const names = NETWORKS.flatMap((network) => [network.id, ...(network.aliases ?? [])]);
  const nearest = nearestName(id, names, Math.ceil(id.length / 2));
  const near = nearest === null ? "" : `, nearest "${nearest}"`;
  throw new GraphError(
    `network "${id}" is not known${near}; all are listed by \`lightfuse networks\``,
  );
}

/**
 * Builds a network by name, without weights: `bindWeights` fills them.
 * @throws GraphError when no network has that name
 * @throws ShapeError when an option does not fit the network
 * @example
 * const graph = network("mobilenet_v2", { inputSize: 160, classes: 10 });
 */
export function network(id: string, options: NetworkOptions = {}): Graph {
  return networkEntry(id).build(options);
}
