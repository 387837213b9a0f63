/** Where the axes of TensorFlow's tensors are: kept as they are, or an image [N, H, W, C] held as [N, C, H, W]. */
import type { OperatorAttributes, OperatorName } from "../../graph/attributes.ts";
import type { GraphBuilder } from "../../graph/builder.ts";
import type { Value } from "../../graph/graph.ts";
import { sameShape, sizeOf } from "../../graph/tensor.ts";
import type { Shape, Tensor } from "../../graph/tensor.ts";
import { foldNode } from "../../reference/fold.ts";

/** A TensorFlow tensor as the graph holds it. */
export interface Held {
  readonly value: Value;
  /** "nchw": the tensor is [N, H, W, C], the value [N, C, H, W]. */
  readonly layout: "native" | "nchw";
}

/** Axis i of [N, H, W, C] is this axis of [N, C, H, W]; also the permutation that leads back. */
const TO_NHWC = [0, 2, 3, 1] as const;
const TO_NCHW = [0, 3, 1, 2] as const;

/** Elements that folding may make beyond the number of weights. */
const FOLDED_ELEMENTS = 2 ** 24;
/** How many element-wise nodes a transpose may climb, see `climb`. */
const CLIMB = 8;

/** The tensor's shape in TensorFlow's order of axes. */
export function shapeOf({ value, layout }: Held): Shape {
  return layout === "native" ? value.shape : TO_NHWC.map((axis) => value.shape[axis]);
}

/** The value's axis that is the tensor's `axis` (which counts from 0). */
export function axisOf({ layout }: Held, axis: number): number {
  return layout === "native" ? axis : TO_NHWC[axis];
}

/** Whether the axes longer than 1 stay in order, so that a reshape does. */
function keepsOrder(shape: Shape, perm: readonly number[]): boolean {
  const long = perm.filter((axis) => shape[axis] !== 1);
  return long.every((axis, i) => i === 0 || long[i - 1] < axis);
}

/** Adds operators, folding what is constant, and moves tensors between the layouts, each once. */
export class Layouts {
  private readonly asNative = new Map<Value, Value>();
  private readonly asNchw = new Map<Value, Value>();
  private foldable: number;

  constructor(
    readonly builder: GraphBuilder,
    weightBytes: number,
  ) {
    this.foldable = FOLDED_ELEMENTS + 4 * weightBytes;
  }

  /** The outputs of an operator: constants when all inputs are, else those of a new node. */
  apply<K extends OperatorName>(
    op: K,
    inputs: readonly Value[],
    attributes: OperatorAttributes[K],
    name: string,
  ): Value[] {
    const tensors = inputs.map((input) => input.constant).filter((tensor) => tensor !== null);
    if (tensors.length === inputs.length && this.foldable > 0) {
      const folded = foldNode({ name, op, inputs: tensors, attributes });
      if (folded) return folded.map((tensor) => this.constant(tensor, name));
    }
    return this.builder.apply(op, inputs, attributes, name);
  }

  constant(tensor: Tensor, name: string): Value {
    this.foldable -= tensor.data.length;
    return this.builder.constant(tensor, name);
  }

  /** A reshape of a reshape is one, and one that changes nothing is none. */
  reshape(x: Value, shape: Shape, name: string): Value {
    const { producer } = x;
    const source = producer?.op === "reshape" && producer.inputs[0] ? producer.inputs[0] : x;
    if (sameShape(x.shape, shape)) return x;
    if (sameShape(source.shape, shape)) return source;
    const from = sizeOf(shape) === sizeOf(x.shape) ? source : x;
    return this.apply("reshape", [from], { shape }, name)[0];
  }

  permute(x: Value, perm: readonly number[], name: string): Value {
    if (perm.every((axis, i) => axis === i)) return x;
    if (keepsOrder(x.shape, perm)) {
      return this.reshape(
        x,
        perm.map((axis) => x.shape[axis]),
        name,
      );
    }
    return this.apply("transpose", [x], { perm }, name)[0];
  }

  /** The tensor with TensorFlow's order of axes. */
  native({ value, layout }: Held): Value {
    if (layout === "native") return value;
    const known = this.asNative.get(value);
    if (known) return known;
    const moved = this.permute(value, TO_NHWC, `${value.name}/nhwc`);
    this.asNative.set(value, moved);
    this.asNchw.set(moved, value);
    return moved;
  }

  /**
   * The tensor held as an image: [N, C, H, W]. One of rank below 4 gets axes of size 1, so that it
   * broadcasts with images as it did; a scalar stays.
   */
  nchw(held: Held): Value {
    return held.layout === "nchw" ? held.value : this.toNchw(held.value, CLIMB);
  }

  private toNchw(value: Value, climb: number): Value {
    const known = this.asNchw.get(value);
    if (known) return known;
    const { shape, name } = value;
    if (shape.length < 4 && sizeOf(shape) === 1) return value;
    const moved =
      this.climb(value, climb) ??
      this.permute(
        this.reshape(value, [...Array<number>(4 - shape.length).fill(1), ...shape], name),
        TO_NCHW,
        `${name}/nchw`,
      );
    this.asNchw.set(value, moved);
    if (shape.length === 4) this.asNative.set(moved, value);
    return moved;
  }

  /**
   * Moves the operands of element-wise nodes instead of their result: the transpose climbs to the
   * graph's input, where it costs nothing, past the normalisation that exporters put there.
   */
  private climb(value: Value, left: number): Value | null {
    const node = value.producer;
    if (left === 0 || value.shape.length !== 4) return null;
    if (node?.op !== "unary" && node?.op !== "binary" && node?.op !== "cast") return null;
    const inputs = node.inputs.filter((input) => input !== null);
    const computed = inputs.filter((input) => !input.constant);
    if (computed.length !== 1 || computed[0].shape.length !== 4) return null;
    const moved = inputs.map((input) => this.toNchw(input, left - 1));
    return this.apply<OperatorName>(node.op, moved, node.attributes, node.name)[0];
  }

  /** Operands that broadcast together as TensorFlow's do, all in one layout. */
  align(operands: readonly Held[]): { values: Value[]; layout: Held["layout"] } {
    const images = operands.some(({ layout }) => layout === "nchw");
    if (!images || operands.some(({ value }) => value.shape.length > 4)) {
      return { values: operands.map((held) => this.native(held)), layout: "native" };
    }
    return { values: operands.map((held) => this.nchw(held)), layout: "nchw" };
  }

  /** The operand as it is where dropping `axes` leaves the others in order, else native. */
  beforeDropping(held: Held, axes: readonly number[]): Held {
    const inOrder = axes.includes(3) || (axes.includes(1) && axes.includes(2));
    return inOrder ? held : { value: this.native(held), layout: "native" };
  }
}
