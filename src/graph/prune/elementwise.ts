/** Channels through operators that compute channel by channel. */
import type { Node, NodeOf } from "../graph.ts";
import type { Follower, Layout } from "./follower.ts";

type Pool =
  | "maxPool2d"
  | "maxPool2dWithIndices"
  | "averagePool2d"
  | "adaptivePool2d"
  | "globalAveragePool"
  | "resize"
  | "gridSample";

/** Outputs have the channels of input 0, whichever axis they lie along. */
export function pointwise(node: NodeOf<"unary" | "cast">, follower: Follower): void {
  const [x] = node.inputs;
  const layout = x && follower.layouts.get(x);
  if (layout) follower.lay(node.outputs[0], layout.axis, layout.channels);
}

/** x [N, C, ...]: every plane is computed alone. Other inputs are the same for all planes. */
export function planes(node: NodeOf<Pool>, follower: Follower): void {
  const [x, ...others] = node.inputs;
  for (const other of others) follower.pin(other);
  const channels = follower.along(x, 1);
  if (channels) for (const y of node.outputs) follower.lay(y, 1, channels);
}

/** Inputs that broadcast to the output: those with channels share them, constants lose them. */
export function broadcast(
  node: NodeOf<"binary" | "where" | "prelu" | "maxUnpool2d">,
  follower: Follower,
): void {
  const [y] = node.outputs;
  const rank = y.shape.length;
  const layouts = node.inputs.flatMap((value): Layout[] => {
    const layout = value && follower.layouts.get(value);
    if (!value || !layout) return [];
    const axis = layout.axis + rank - value.shape.length;
    // One channel for all of the other's: it is never removed.
    return layout.channels.length === y.shape[axis] ? [{ ...layout, axis }] : [];
  });
  if (layouts.length === 0) return;
  const [{ axis, channels }] = layouts;
  if (layouts.some((other) => other.axis !== axis)) {
    for (const other of layouts) follower.classes.pin(other.channels);
    return;
  }
  for (const other of layouts) follower.classes.unite(channels, other.channels);
  node.inputs.forEach((value, input) => {
    const own = axis - rank + (value?.shape.length ?? 0);
    if (!value || follower.layouts.has(value) || value.shape[own] !== channels.length) return;
    if (value.constant) follower.cutAxis(node as Node, input, { axis: own, channels });
    else follower.classes.pin(channels);
  });
  follower.lay(y, axis, channels);
}
