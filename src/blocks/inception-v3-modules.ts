/** The five kinds of modules of Inception v3. */
import type { Pair } from "../graph/attributes.ts";
import type { Value } from "../graph/graph.ts";
import { RELU } from "./activations.ts";
import { convBnAct } from "./layers.ts";
import type { Scope } from "./scope.ts";

/** A convolution: its name in the module, channels, and kernel [h, w]. */
type Step = readonly [name: string, outChannels: number, kernel: number | Pair];

/** Convolution, batch norm, ReLU; a stride goes with no padding. */
function apply(scope: Scope, x: Value, [name, outChannels, kernel]: Step, stride = 1): Value {
  const border = stride === 1 ? {} : { padding: 0 };
  return convBnAct(scope.at(name), x, {
    names: ["conv", "bn"],
    outChannels,
    kernel,
    stride,
    activation: RELU,
    ...border,
  });
}

/** A path: one convolution after another, of which the last may stride. */
function path(scope: Scope, x: Value, steps: readonly Step[], stride = 1): Value {
  return steps.reduce(
    (value, step, i) => apply(scope, value, step, i === steps.length - 1 ? stride : 1),
    x,
  );
}

/** The path that averages 3x3 pixels, padding included, and projects. */
function averagedPath(scope: Scope, x: Value, outChannels: number): Value {
  const window = { kernel: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1] } as const;
  const averaged = scope.builder.averagePool2d(x, window, scope.name("average"));
  return apply(scope, averaged, ["branch_pool", outChannels, 1]);
}

/** The path that only pools, with the stride of its module. */
function pooledPath(scope: Scope, x: Value): Value {
  return scope.builder.maxPool2d(x, { kernel: [3, 3], stride: [2, 2] }, scope.name("max"));
}

const concat = (scope: Scope, paths: readonly Value[]) =>
  scope.builder.concat(paths, 1, scope.name("concat"));

/*
 * Szegedy, Vanhoucke, Ioffe, Shlens, Wojna: Rethinking the Inception Architecture for Computer
 * Vision, arXiv 1512.00567. Names follow torchvision and timm (`inception_v3.py`).
 */

/** Figure 5 (InceptionA). x [N, C, H, W] -> [N, 224 + poolChannels, H, W] */
export function inceptionA(scope: Scope, x: Value, poolChannels: number): Value {
  return concat(scope, [
    path(scope, x, [["branch1x1", 64, 1]]),
    path(scope, x, [
      ["branch5x5_1", 48, 1],
      ["branch5x5_2", 64, 5],
    ]),
    path(scope, x, [
      ["branch3x3dbl_1", 64, 1],
      ["branch3x3dbl_2", 96, 3],
      ["branch3x3dbl_3", 96, 3],
    ]),
    averagedPath(scope, x, poolChannels),
  ]);
}

/** Figure 10 (InceptionB). x [N, C, H, W] -> [N, 480 + C, (H - 1) / 2, (W - 1) / 2] */
export function inceptionB(scope: Scope, x: Value): Value {
  return concat(scope, [
    path(scope, x, [["branch3x3", 384, 3]], 2),
    path(
      scope,
      x,
      [
        ["branch3x3dbl_1", 64, 1],
        ["branch3x3dbl_2", 96, 3],
        ["branch3x3dbl_3", 96, 3],
      ],
      2,
    ),
    pooledPath(scope, x),
  ]);
}

/** Figure 6 with n = 7 (InceptionC). x [N, C, H, W] -> [N, 768, H, W] */
export function inceptionC(scope: Scope, x: Value, channels: number): Value {
  return concat(scope, [
    path(scope, x, [["branch1x1", 192, 1]]),
    path(scope, x, [
      ["branch7x7_1", channels, 1],
      ["branch7x7_2", channels, [1, 7]],
      ["branch7x7_3", 192, [7, 1]],
    ]),
    path(scope, x, [
      ["branch7x7dbl_1", channels, 1],
      ["branch7x7dbl_2", channels, [7, 1]],
      ["branch7x7dbl_3", channels, [1, 7]],
      ["branch7x7dbl_4", channels, [7, 1]],
      ["branch7x7dbl_5", 192, [1, 7]],
    ]),
    averagedPath(scope, x, 192),
  ]);
}

/** The second reduction (InceptionD). x [N, C, H, W] -> [N, 512 + C, (H - 1) / 2, (W - 1) / 2] */
export function inceptionD(scope: Scope, x: Value): Value {
  return concat(scope, [
    path(
      scope,
      x,
      [
        ["branch3x3_1", 192, 1],
        ["branch3x3_2", 320, 3],
      ],
      2,
    ),
    path(
      scope,
      x,
      [
        ["branch7x7x3_1", 192, 1],
        ["branch7x7x3_2", 192, [1, 7]],
        ["branch7x7x3_3", 192, [7, 1]],
        ["branch7x7x3_4", 192, 3],
      ],
      2,
    ),
    pooledPath(scope, x),
  ]);
}

/** Figure 7 (InceptionE): two paths end in a row and a column side by side. x -> [N, 2048, H, W] */
export function inceptionE(scope: Scope, x: Value): Value {
  const fork = (value: Value, name: string) => [
    apply(scope, value, [`${name}a`, 384, [1, 3]]),
    apply(scope, value, [`${name}b`, 384, [3, 1]]),
  ];
  const pointwise = path(scope, x, [["branch1x1", 320, 1]]);
  const spatial = fork(path(scope, x, [["branch3x3_1", 384, 1]]), "branch3x3_2");
  const doubled = path(scope, x, [
    ["branch3x3dbl_1", 448, 1],
    ["branch3x3dbl_2", 384, 3],
  ]);
  const paths = [pointwise, ...spatial, ...fork(doubled, "branch3x3dbl_3")];
  return concat(scope, [...paths, averagedPath(scope, x, 192)]);
}
