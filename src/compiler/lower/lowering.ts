/**
 * The state of lowering: where each value lies, the steps so far, the constants to upload. Values
 * move between layouts on demand, each at most once.
 */
import type { UnaryAttributes } from "../../graph/attributes.ts";
import { GraphError } from "../../graph/errors.ts";
import type { Node, Value } from "../../graph/graph.ts";
import { formatShape, sizeOf, stridesOf } from "../../graph/tensor.ts";
import type { Shape } from "../../graph/tensor.ts";
import type { DeviceTraits, Stage } from "../../shaders/kernel.ts";
import { imageSize, quadsOf } from "../../shaders/spec.ts";
import type { Flat, Packed, Quads } from "../../shaders/spec.ts";
import type { GatherOperand } from "../../shaders/stage/stages.ts";
import type { GatherNode } from "../expression.ts";
import type { FusionSwitches } from "../options.ts";
import { quadsAxes, quadsDims } from "../place.ts";
import type { QuadsDims } from "../place.ts";
import { Storage, TensorTable } from "../storage.ts";
import type { FlatPlace, FragmentedPlace, Place, QuadsPlace, ReadPlace } from "../storage.ts";
import { copyRows, fragmentsToQuads, quadsToRows, rowsToQuads } from "./conversions.ts";
import type { NewStep, StageMaker, Step } from "./step.ts";
import { broadcastView, isContiguous } from "./views.ts";

export interface Context {
  readonly device: DeviceTraits;
  readonly switches: FusionSwitches;
  readonly functions?: (lowering: Lowering, attributes: UnaryAttributes) => StageMaker;
  readonly binaryFiles?: Stage["files"];
  /** How the output of a node, of the sizes of `y`, is read from its input. */
  readonly gathers?: (node: GatherNode, y: Quads) => GatherOperand;
}

export class Lowering {
  readonly tensors = new TensorTable();
  readonly steps: Step[] = [];
  /** Steps that run before the others. */
  readonly firstSteps: Step[] = [];
  readonly storages: Storage[] = [];
  readonly weights: Packed[] = [];
  /** Constants that kernels read as activations: uploaded once into the arena. */
  readonly arenaConstants: { readonly tensor: Flat; readonly data: Float32Array }[] = [];
  /** Storages that the host fills before a run. */
  readonly inputStorages = new Map<Storage, Value>();
  private readonly places = new Map<Value, Place>();
  private readonly fragmented = new Map<Value, FragmentedPlace>();
  private readonly quadsCopies = new Map<Value, Map<number, QuadsPlace>>();
  private readonly flatCopies = new Map<Value, FlatPlace>();
  private readonly packs = new Map<unknown, Map<string, Packed>>();

  constructor(readonly context: Context) {}

  // ---- storages

  newStorage(name: string, size: number, imageStride?: number): Storage {
    const storage = new Storage(name, size, imageStride);
    this.storages.push(storage);
    return storage;
  }

  /** A fresh place in quads for a value that a kernel computes. */
  newQuads(value: Value): QuadsPlace {
    const dims = quadsDims(value.shape);
    if (!dims)
      throw new GraphError(
        `"${value.name}": ${formatShape(value.shape)} has too many axes for channel quads`,
      );
    const place = this.allocateQuads(value.name, dims, quadsAxes(value.shape.length));
    this.places.set(value, place);
    return place;
  }

  allocateQuads(name: string, dims: QuadsDims, axes: readonly number[]): QuadsPlace {
    const [images, channels, height, width] = dims;
    const stride = imageSize({ channels, height, width });
    const storage = this.newStorage(name, images * stride, stride);
    return { layout: "quads", storage, start: 0, dims, axes };
  }

  /** A fresh row-major place for a value that a kernel computes. */
  newFlat(value: Value): FlatPlace {
    const place = this.allocateFlat(value.name, value.shape);
    this.places.set(value, place);
    return place;
  }

  allocateFlat(name: string, shape: Shape): FlatPlace {
    const storage = this.newStorage(name, quadsOf(Math.max(1, sizeOf(shape))));
    return { layout: "flat", storage, start: 0, shape, strides: stridesOf(shape) };
  }

  setPlace(value: Value, place: Place): void {
    this.places.set(value, place);
  }

  /** The value lies in several places: who cannot walk a table has it copied into one. */
  setFragments(value: Value, place: FragmentedPlace): void {
    this.fragmented.set(value, place);
  }

  liesInQuads(value: Value): boolean {
    return this.fragmented.has(value) || this.placeOf(value).layout === "quads";
  }

  hasPlace(value: Value): boolean {
    return this.places.has(value);
  }

  /** Where a value lies as its producer left it. */
  placeOf(value: Value): Place {
    const known = this.places.get(value);
    if (known) return known;
    const fragments = this.fragmented.get(value);
    if (fragments) return this.gatherFragments(value, fragments);
    const { constant } = value;
    if (!constant) {
      const what = value.parameter ? "a parameter that has no weights" : "not computed by any node";
      throw new GraphError(`"${value.name}" is ${what}`);
    }
    const place = this.newFlat(value);
    const tensor = this.tensors.flat(place.storage, value.shape);
    this.arenaConstants.push({ tensor, data: Float32Array.from(constant.data) });
    place.storage.touch(-1);
    place.storage.touch(Infinity);
    return place;
  }

  // ---- constants

  /** Data for the weight buffer; the same source and packing are packed once. */
  pack(source: unknown, packing: string, make: () => Packed): Packed {
    let packs = this.packs.get(source);
    if (!packs) this.packs.set(source, (packs = new Map<string, Packed>()));
    let packed = packs.get(packing);
    if (!packed) {
      packed = make();
      packs.set(packing, packed);
      this.weights.push(packed);
    }
    return packed;
  }

  /** Data for the weight buffer that is used once. */
  addWeights(packed: Packed): Packed {
    this.weights.push(packed);
    return packed;
  }

  // ---- layouts

  /** The value in quads as a tensor of `rank` axes, converted if need be. */
  quads(value: Value, rank = value.shape.length): QuadsPlace {
    const place = this.placeOf(value);
    const axes = quadsAxes(rank);
    if (place.layout === "quads" && place.axes.join() === axes.join()) return place;
    let copies = this.quadsCopies.get(value);
    if (!copies) this.quadsCopies.set(value, (copies = new Map<number, QuadsPlace>()));
    let copy = copies.get(rank);
    if (!copy) {
      copy = this.toQuads(value, rank);
      copies.set(rank, copy);
    }
    return copy;
  }

  /** As `quads`, for a kernel that can walk a table where the quads lie apart. */
  read(value: Value): ReadPlace {
    const place = this.fragmented.get(value);
    return place && !this.places.has(value) && place.axes.length === value.shape.length
      ? place
      : this.quads(value);
  }

  private gatherFragments(value: Value, from: FragmentedPlace): QuadsPlace {
    const whole = this.allocateQuads(value.name, from.dims, from.axes);
    this.places.set(value, whole);
    this.emit(fragmentsToQuads(this.tensors, value, from, whole));
    return whole;
  }

  private toQuads(value: Value, rank: number): QuadsPlace {
    const dims = quadsDims(value.shape, rank);
    if (!dims)
      throw new GraphError(
        `"${value.name}": ${formatShape(value.shape)} has too many axes for channel quads`,
      );
    const from = this.placeOf(value);
    const source = from.layout === "flat" ? from : this.contiguous(value);
    const place = this.allocateQuads(value.name, dims, quadsAxes(rank));
    const why = this.inputStorages.has(source.storage)
      ? "the input is row-major"
      : `"${value.name}" is row-major, its reader wants channel quads`;
    this.emit(rowsToQuads(this.tensors, value, source, place, why));
    return place;
  }

  /** The value row-major and contiguous, starting on a multiple of 4, converted if need be. */
  contiguous(value: Value): FlatPlace {
    const place = this.placeOf(value);
    if (place.layout === "flat" && place.start % 4 === 0 && isContiguous(place)) return place;
    let copy = this.flatCopies.get(value);
    if (!copy) {
      copy =
        place.layout === "quads" ? this.quadsAsFlat(value, place) : this.copyStrided(value, place);
      this.flatCopies.set(value, copy);
    }
    return copy;
  }

  /** A strided row-major view of the value: itself if it is flat, else a conversion. */
  flat(value: Value): FlatPlace {
    const place = this.placeOf(value);
    return place.layout === "flat" ? place : this.contiguous(value);
  }

  private quadsAsFlat(value: Value, place: QuadsPlace): FlatPlace {
    const { storage, start, dims } = place;
    const { shape } = value;
    if (dims[0] === 1 && dims[2] * dims[3] === 1) {
      // One pixel: the channels already lie one after the other.
      return { layout: "flat", storage, start: start * 4, shape, strides: stridesOf(shape) };
    }
    const flat = this.allocateFlat(value.name, shape);
    this.emit(quadsToRows(this.tensors, value, place, flat));
    return flat;
  }

  private copyStrided(value: Value, from: FlatPlace): FlatPlace {
    const flat = this.allocateFlat(value.name, value.shape);
    const why = `"${value.name}" is a strided view, its reader wants it row-major`;
    const to = { place: flat, start: 0, strides: flat.strides };
    this.emit(copyRows(this.tensors, value, from, to, why));
    return flat;
  }

  /** The value broadcast to a shape, row-major. */
  expanded(value: Value, shape: Shape): FlatPlace {
    const view = broadcastView(this.flat(value), shape);
    const flat = this.allocateFlat(value.name, shape);
    const expanded = { ...value, shape: [...shape] };
    const why = `"${value.name}" is broadcast to ${formatShape(shape)}`;
    const to = { place: flat, start: 0, strides: flat.strides };
    this.emit(copyRows(this.tensors, expanded, view, to, why));
    return flat;
  }

  // ---- steps

  emit<Spec>(step: NewStep<Spec>): void {
    this.add(step, this.steps.length, this.steps);
  }

  /** Adds a step that runs before all others. */
  emitFirst<Spec>(step: NewStep<Spec>): void {
    this.add(step, -1, this.firstSteps);
  }

  private add<Spec>(step: NewStep<Spec>, index: number, steps: Step[]): void {
    const { kernel, ...rest } = step;
    for (const { storage } of [...step.reads, ...step.writes]) storage.touch(index);
    steps.push({
      nodes: [step.name],
      when: "always",
      stages: {},
      fused: {},
      weightBytes: 0,
      macs: 0,
      ...rest,
      kernel: kernel,
    });
  }
}

/** `conv2d "features.0"` */
export function nameOf(node: Node): string {
  return `${node.op} "${node.name}"`;
}
