/** CSPDenseNet-121, in the three places where the halves can be mixed. */
import type { Graph } from "../../graph/graph.ts";
import { RELU } from "../activations.ts";
import { cspDenseStage } from "../csp-dense-stage.ts";
import type { CspFusion } from "../csp-dense-stage.ts";
import { activate, batchNorm, flatten, globalAveragePool, linear } from "../layers.ts";
import type { NetworkEntry } from "./entry.ts";
import { CSPNET } from "./cspnet.ts";
import { beginNetwork } from "./options.ts";
import type { NetworkOptions } from "./options.ts";
import { stem7x7 } from "./residual.ts";

/** DenseNet-121's layers in each stage, and k. */
const DEPTHS = [6, 12, 24, 16];
const GROWTH = 32;

function cspDenseNet(id: string, fusion: CspFusion, options: NetworkOptions): Graph {
  const { scope, image, classes, finish } = beginNetwork(id, options, { width: null });
  let x = stem7x7(scope, image, { names: ["c0", "n0"] });
  DEPTHS.forEach((layers, i) => {
    const pooled = i < DEPTHS.length - 1;
    x = cspDenseStage(scope.at("stages").at(i), x, { layers, growth: GROWTH, fusion, pooled });
  });
  const norm = scope.at("n5");
  const activated = activate(norm, batchNorm(norm, x), RELU);
  const features = flatten(scope, globalAveragePool(scope, activated));
  return finish(linear(scope.at("fc"), features, classes));
}

const COUNTS: readonly (readonly [CspFusion, number, number])[] = [
  ["both", 5798735, 2489098255],
  ["first", 6935528, 2602438656],
  ["last", 6989504, 2555572000],
];

/**
 * Wang et al., arXiv 1911.11929, section 3.1. The authors published no CSPDenseNet: widths follow
 * from DenseNet-121 and transitions that halve. [N, 3, H, W] -> logits [N, classes]
 */
export const CSP_DENSENETS: readonly NetworkEntry[] = COUNTS.map(([fusion, parameters, macs]) => {
  const id = `csp_densenet121_own_${fusion}`;
  return {
    id,
    title: `CSPDenseNet-121, fusion ${fusion}`,
    paper: CSPNET,
    follows: "arXiv 1911.11929, names of this library",
    inputSize: [224, 224],
    preprocess: "imagenet",
    weightsFrom: "none published",
    parameters,
    macs,
    build: (options = {}) => cspDenseNet(id, fusion, options),
  };
});
