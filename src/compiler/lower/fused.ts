/** Turns the element-wise nodes of a group into stages of its kernel. */
import { GraphError } from "../../graph/errors.ts";
import type { Value } from "../../graph/graph.ts";
import { sameShape, sizeOf } from "../../graph/tensor.ts";
import type { Shape, Tensor } from "../../graph/tensor.ts";
import type { Stage } from "../../shaders/kernel.ts";
import { packedLater, quadsOf } from "../../shaders/spec.ts";
import type { Packed, Quads } from "../../shaders/spec.ts";
import {
  binaryStage,
  isCoreFunction,
  maskStage,
  unaryStage,
  UNSAFE_IN_UNUSED_LANES,
} from "../../shaders/stage/stages.ts";
import type { GatherOperand, StageKind, StageOperand } from "../../shaders/stage/stages.ts";
import { groupNodes } from "../fusions/fusion.ts";
import type { FusedNode, GatherNode } from "../expression.ts";
import type { Group } from "../fusions/fusion.ts";
import { quadsDims } from "../place.ts";
import type { QuadsDims } from "../place.ts";
import type { Place, ReadPlace, Storage } from "../storage.ts";
import { nameOf } from "./lowering.ts";
import type { Lowering } from "./lowering.ts";
import { readsOf } from "./step.ts";
import type { Step, StageMaker } from "./step.ts";

/** Stages for one slot, with the storages that their operands lie in. */
export interface LoweredStages {
  readonly makers: readonly StageMaker[];
  readonly reads: Step["reads"];
  readonly names: readonly string[];
  /** Those of the storages that are read at the places of the tensor only, element by element. */
  readonly inPlace?: readonly Storage[];
}

/** The kind by which plans name a node: `add`, `relu`, `prelu`. */
export function kindOf({ node }: FusedNode): string {
  return node.op === "prelu" || node.op === "cast" ? node.op : node.attributes.kind;
}

/** The kinds of stages, each with what is computed of its operand: `add(mul)`. */
export function stageNames(stages: readonly FusedNode[]): string[] {
  return stages.map((stage) => {
    const { inlined } = stage;
    if (!inlined) return kindOf(stage);
    const { gather } = inlined;
    const inner = [...(gather ? [gather.op] : []), ...stageNames(inlined.stages)];
    return `${kindOf(stage)}(${inner.join(", ")})`;
  });
}

/**
 * The stages of nodes that are applied to a value at the places of `tensor`, a value of `shape`.
 * `isFlat`: the value is row-major and seen as one row of quads.
 */
export function lowerStages(
  lowering: Lowering,
  fused: readonly FusedNode[],
  tensor: Quads,
  shape: Shape,
  isFlat = false,
  canHold = false,
): LoweredStages {
  const reads: { value: string; storage: Step["reads"][number]["storage"] }[] = [];
  const makers: StageMaker[] = [];
  const inPlace: Storage[] = [];
  for (const way of fused) {
    if (way.operand) {
      const binary = lowerBinary(lowering, way, way.operand, {
        y: tensor,
        shape,
        isFlat,
        canHold,
      });
      makers.push(binary.maker);
      reads.push(...binary.reads);
      inPlace.push(...(binary.inPlace ?? []));
    } else {
      const maker = functionMaker(lowering, way);
      if (maker) makers.push(maker);
    }
  }
  const [, channels] = isFlat ? [1, 4] : (quadsDims(shape) ?? [1, 4]);
  const unsafe = channels % 4 !== 0 && fused.some((way) => UNSAFE_IN_UNUSED_LANES.has(kindOf(way)));
  if (unsafe) makers.push(() => maskStage(channels));
  return { makers, reads, names: stageNames(fused), inPlace };
}

/** A stage without an operand; null for one that changes nothing. */
function functionMaker(lowering: Lowering, { node }: FusedNode): StageMaker | null {
  if (node.op === "unary" && !isCoreFunction(node.attributes.kind)) {
    const { functions } = lowering.context;
    if (!functions) throw new GraphError(`${nameOf(node)}: there is no stage for this function`);
    return functions(lowering, node.attributes);
  }
  const stage = functionStage(node);
  return stage && (() => stage);
}

function functionStage(node: FusedNode["node"]): Stage | null {
  if (node.op === "unary") return unaryStage(node.attributes);
  if (node.op !== "cast") return null;
  const { to } = node.attributes;
  if (to === "float32") return null;
  return { name: to === "bool" ? "stage/to-bool" : "stage/trunc" };
}

/** Elements to which a constant is broadcast on the host. */
const MOST_GROWN = 2 ** 20;

/** Where stages are applied. */
interface Target {
  readonly y: Quads;
  readonly shape: Shape;
  readonly isFlat: boolean;
  readonly canHold: boolean;
}

function lowerBinary(
  lowering: Lowering,
  way: FusedNode,
  operand: Value,
  { y, shape, isFlat, canHold }: Target,
): { maker: StageMaker } & Pick<LoweredStages, "reads" | "inPlace"> {
  const { node, reversed, inlined } = way;
  const kind = stageKindOf(node);
  const make =
    (place: StageOperand, makers: readonly StageMaker[] = []): StageMaker =>
    () => {
      const stages = makers.map((maker) => maker());
      const { binaryFiles } = lowering.context;
      return binaryStage(kind, { ...place, canHold, stages }, y, reversed, binaryFiles);
    };
  const read = (value: Value, canWalk = true): Operand =>
    isFlat ? operandRow(lowering, value, shape) : operandQuads(lowering, value, shape, canWalk);
  if (inlined) {
    const { source, gather, stages } = inlined;
    const { tensor, reads, inPlace = [] } = read(source, !gather);
    const inner = lowerStages(lowering, stages, y, shape, isFlat, canHold);
    const from = gather ? gatherOf(lowering, gather, y) : undefined;
    return {
      maker: make({ tensor, fromWeights: false, gather: from }, inner.makers),
      reads: [...reads, ...inner.reads],
      inPlace: [...(gather ? [] : inPlace), ...(inner.inPlace ?? [])],
    };
  }
  const { constant } = operand;
  const grown = isFlat && constant && sizeOf(operand.shape) > 1 ? sizeOf(shape) : 0;
  // A row that is broadcast far is expanded by the GPU.
  if (constant && grown <= Math.max(MOST_GROWN, sizeOf(operand.shape))) {
    const tensor = isFlat
      ? constantRow(lowering, operand, shape)
      : constantQuads(lowering, operand, shape.length);
    return { maker: make({ tensor, fromWeights: true }), reads: [] };
  }
  const { tensor, ...rest } = read(operand);
  return { maker: make({ tensor, fromWeights: false }), ...rest };
}

/** How the output of a node, of the sizes of `y`, is read from its input. */
export function gatherOf(lowering: Lowering, gather: GatherNode, y: Quads): GatherOperand {
  const { gathers } = lowering.context;
  if (!gathers) throw new GraphError(`${nameOf(gather)}: there is no stage for this operator`);
  return gathers(gather, y);
}

/** The stage of a function of two values. */
export function stageKindOf(node: FusedNode["node"]): StageKind {
  if (node.op !== "binary") return "prelu";
  const { kind } = node.attributes;
  return kind === "div" && node.outputs[0].dtype === "int32" ? "truncateDivide" : kind;
}

interface Operand extends Pick<LoweredStages, "reads" | "inPlace"> {
  readonly tensor: Quads;
}

/** `canWalk`: the quads may lie apart. */
function operandQuads(lowering: Lowering, operand: Value, shape: Shape, canWalk: boolean): Operand {
  const isWalked = canWalk && sameShape(operand.shape, shape);
  const place = isWalked ? lowering.read(operand) : lowering.quads(operand, shape.length);
  const tensor = lowering.tensors.read(place);
  const inPlace = isWalked ? wholeStorage(place) : [];
  return { tensor, reads: readsOf(operand, place), inPlace };
}

/** The storage that a place begins with; none where it begins within one, or lies in several. */
export function wholeStorage(place: Place | ReadPlace): Storage[] {
  return place.layout !== "fragments" && place.start === 0 ? [place.storage] : [];
}

/** A row-major operand of the shape of y, or of one element. */
function operandRow(lowering: Lowering, operand: Value, shape: Shape): Operand {
  const size = sizeOf(operand.shape);
  const place =
    size === 1 || size === sizeOf(shape)
      ? lowering.contiguous(operand)
      : lowering.expanded(operand, shape);
  const { storage, start } = place;
  const tensor = lowering.tensors.flatAsQuads(storage, sizeOf(place.shape), start);
  const inPlace = sizeOf(place.shape) === sizeOf(shape) ? wholeStorage(place) : [];
  return { tensor, reads: [{ value: operand.name, storage }], inPlace };
}

/** A constant in quads in the weight buffer. A single number fills its quad. */
function constantQuads(lowering: Lowering, value: Value, rank: number): Quads {
  const dims = quadsDims(value.shape, rank) ?? [1, 1, 1, 1];
  const pack = lowering.pack(value.constant, `quads ${rank}`, () =>
    packQuads(value.constant!, dims),
  );
  return quadsAt(pack, dims);
}

/** A constant broadcast to a row-major shape, as one row of quads. */
function constantRow(lowering: Lowering, value: Value, shape: Shape): Quads {
  const constant = value.constant!;
  const size = sizeOf(shape);
  if (sizeOf(value.shape) === 1) {
    const one = (): Float32Array => Float32Array.from(constant.data);
    return quadsAt(
      lowering.pack(constant, "row", () => packedLater(1, one)),
      [1, 1, 1, 1],
    );
  }
  const pack = lowering.pack(constant, `row ${shape.join("x")}`, () =>
    packedLater(size, () => broadcast(constant.data, value.shape, shape)),
  );
  return quadsAt(pack, [1, Math.min(4, size), 1, quadsOf(size)]);
}

/** A tensor in the weight buffer; reads its offset when a stage is made. */
function quadsAt(pack: Packed, [images, channels, height, width]: QuadsDims): Quads {
  return {
    get offset() {
      return pack.offset;
    },
    images,
    channels,
    height,
    width,
    imageStride: quadsOf(channels) * height * width,
  };
}

function packQuads(constant: Tensor, [images, channels, height, width]: QuadsDims): Packed {
  const area = height * width;
  const quads = quadsOf(channels);
  const length = images * quads * area * 4;
  return packedLater(length, () => {
    const { data } = constant;
    const out = new Float32Array(length);
    for (let n = 0; n < images; n++) {
      for (let c = 0; c < channels; c++) {
        for (let p = 0; p < area; p++) {
          out[((n * quads + (c >> 2)) * area + p) * 4 + (c & 3)] =
            data[(n * channels + c) * area + p];
        }
      }
    }
    return out;
  });
}

function broadcast(data: ArrayLike<number>, from: Shape, to: Shape): Float32Array {
  const padded = [...new Array<number>(to.length - from.length).fill(1), ...from];
  const index = new Array<number>(to.length).fill(0);
  return Float32Array.from({ length: sizeOf(to) }, () => {
    const at = padded.reduce((sum, size, axis) => sum * size + (size === 1 ? 0 : index[axis]), 0);
    for (let axis = to.length - 1; axis >= 0 && ++index[axis] === to[axis]; axis--) index[axis] = 0;
    return data[at];
  });
}

/** The names of the nodes that a group computes, in order. */
export function nodeNames(group: Group): string[] {
  return [...new Set(groupNodes(group).map(({ name }) => name))];
}
