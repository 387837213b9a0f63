/** Lowers the operators that give a value another shape. */
import type { Value } from "../../graph/graph.ts";
import { sameShape, stridesOf } from "../../graph/tensor.ts";
import type { Group } from "../fusions/fusion.ts";
import { quadsAxes, quadsDims } from "../place.ts";
import type { Lowering } from "./lowering.ts";
import { broadcastView, isContiguous } from "./views.ts";

export function lowerReshape(lowering: Lowering, { core }: Group): void {
  const [x] = core.inputs as Value[];
  const [y] = core.outputs;
  const place = lowering.placeOf(x);
  const dims = quadsDims(y.shape);
  if (place.layout === "quads" && dims && place.axes.join() === quadsAxes(x.shape.length).join()) {
    if (sameShape(dims, place.dims)) {
      return lowering.setPlace(y, { ...place, axes: quadsAxes(y.shape.length) });
    }
  }
  const flat = place.layout === "flat" && isContiguous(place) ? place : lowering.contiguous(x);
  lowering.setPlace(y, { ...flat, shape: y.shape, strides: stridesOf(y.shape) });
}

export function lowerExpand(lowering: Lowering, { core }: Group): void {
  const [x] = core.inputs as Value[];
  const [y] = core.outputs;
  lowering.setPlace(y, broadcastView(lowering.flat(x), y.shape));
}
