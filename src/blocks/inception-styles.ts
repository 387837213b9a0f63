/** Names and layers of GoogLeNet's modules in torchvision and in Caffe's model zoo. */
import { RELU } from "./activations.ts";
import type { InceptionPart, InceptionStyle } from "./inception.ts";
import { convAct, convBnAct } from "./layers.ts";
import type { Scope } from "./scope.ts";

const TORCHVISION_NAMES: Readonly<Record<InceptionPart, string>> = {
  "1x1": "branch1",
  "3x3_reduce": "branch2.0",
  "3x3": "branch2.1",
  "5x5_reduce": "branch3.0",
  "5x5": "branch3.1",
  pool: "branch4.0",
  pool_proj: "branch4.1",
  output: "concat",
};

/**
 * torchvision (`googlenet.py`): batch norms, and 3x3 where the paper has 5x5, since the weights
 * were trained so (pytorch/vision#906). The scope is the module's.
 */
export function torchvisionInception(scope: Scope): InceptionStyle {
  return {
    builder: scope.builder,
    name: (part) => scope.name(TORCHVISION_NAMES[part]),
    convolution: (part, x, options) =>
      convBnAct(scope.at(TORCHVISION_NAMES[part]), x, {
        names: ["conv", "bn"],
        activation: RELU,
        ...options,
      }),
    kernel5: 3,
  };
}

/** BVLC's `bvlc_googlenet`: biases, no batch norm. The scope is the network's. */
export function caffeInception(scope: Scope, module: string): InceptionStyle {
  const name = (part: InceptionPart) => `${module}/${part}`;
  return {
    builder: scope.builder,
    name: (part) => scope.name(name(part)),
    convolution: (part, x, options) =>
      convAct(scope.at(name(part)), x, { activation: RELU, ...options }),
    kernel5: 5,
  };
}
