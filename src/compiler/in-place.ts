/**
 * Lets kernels write over what they read for the last time: the output of a sum takes the place of the
 * residual, where each element of that is read by the invocation that stores the same element.
 */
import type { DeviceTraits } from "../shaders/kernel.ts";
import { foldGrid } from "./grid.ts";
import type { Step } from "./lower/step.ts";
import type { Storage } from "./storage.ts";

/** Makes the storage of the first output of each step that can a part of one that dies there. */
export function writeInPlace(steps: readonly Step[], device: DeviceTraits): void {
  steps.forEach((step, index) => {
    const y = step.writes[0].storage;
    if (!step.inPlace || !y.isRoot || y.first !== index || step.when !== "always") return;
    const storage = step.inPlace.find((candidate) => canTakePlaceOf(y, candidate, step, index));
    if (storage && !repeats(step, device)) y.placeIn(storage, 0);
  });
}

function canTakePlaceOf(y: Storage, old: Storage, step: Step, index: number): boolean {
  const { root } = old;
  const isSame =
    root.size === y.size &&
    old.startInRoot === 0 &&
    old.isQuads === y.isQuads &&
    old.imageStride === y.imageStride;
  if (!isSame || root === y || root.last !== index) return false;
  const others = step.writes.slice(1);
  const isRoot = ({ storage }: { readonly storage: Storage }): boolean => storage.root === root;
  const reads = step.reads.filter(isRoot).length;
  // Whoever reads it otherwise than at the stored element would find what others have stored.
  const readsInPlace = step.inPlace!.filter((storage) => storage.root === root).length;
  return reads === readsInPlace && !others.some(isRoot);
}

/** Of a folded grid the last workgroup may be computed twice. */
function repeats({ kernel, spec }: Step, device: DeviceTraits): boolean {
  const { workgroups } = kernel.configure(spec as never, device);
  return foldGrid(workgroups, device.maxWorkgroupsPerDimension) !== null;
}
