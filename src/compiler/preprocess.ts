/** The dispatch that prepares an image for an input of a plan. */
import { preprocess } from "../shaders/image/preprocess.ts";
import type { Elements } from "../shaders/elements.ts";
import type { PreprocessSpec } from "../shaders/image/preprocess.ts";
import { packParams } from "../shaders/kernel.ts";
import type { DeviceTraits } from "../shaders/kernel.ts";
import { link } from "../shaders/link.ts";
import type { Quads } from "../shaders/spec.ts";
import type { Dispatch } from "./plan.ts";

/** What to do with the image: all but the tensor that is written. */
export type ImageGeometry = Omit<PreprocessSpec, "y">;

/** A dispatch that is recorded before those of the plan. */
export function compilePreprocess(
  name: string,
  y: Quads,
  geometry: ImageGeometry,
  device: DeviceTraits,
  { imports: memory, files }: Elements,
): Dispatch {
  const spec: PreprocessSpec = { ...geometry, y };
  const { overrides, consts, imports, params, workgroups } = preprocess.configure(spec, device);
  const { code } = link(preprocess, { consts, imports: { ...memory, ...imports }, files });
  const { channels, height, width } = y;
  return {
    label: name,
    kernel: preprocess.name,
    nodes: [name],
    fused: {},
    when: "image",
    port: name,
    bindings: preprocess.bindings,
    code,
    overrides: overrides ?? {},
    params: packParams(preprocess.params, params),
    stageParams: [],
    workgroups,
    shape: [1, channels, height, width],
    reads: [],
    writes: [],
    weightBytes: 0,
    macs: 0,
  };
}
