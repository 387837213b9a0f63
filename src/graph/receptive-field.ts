/** Receptive fields: what part of the image a number of each value depends on. */
import type { OperatorName } from "./attributes.ts";
import type { Graph, Node, Value } from "./graph.ts";
import { consumersOf } from "./rewrite.ts";
import { windowOf } from "./windows.ts";
import type { Window } from "./windows.ts";
import type { Shape } from "./tensor.ts";

/** Along one axis of the image, in its pixels. */
export interface Field {
  /** Pixels that reach a number through windows; null where it knows the image only as a whole. */
  readonly size: number | null;
  /** Pixels from one number to its neighbour; null where there is no neighbour. */
  readonly jump: number | null;
  /** Whether it also depends on all pixels, by a global pool or a fully connected layer. */
  readonly whole: boolean;
}

/** The axis of the value along which the image lies; null where other axes have taken it up. */
interface Placed extends Field {
  readonly axis: number | null;
}

const BROADCASTS = new Set<OperatorName>(["binary", "where", "prelu", "expand"]);

const WHOLE: Placed = { size: null, jump: null, whole: true, axis: null };

/**
 * By value its fields [h, w]; a value that depends on no image has none. A layer of kernel k, stride s
 * and dilation d has r' = r + d * (k - 1) * j and j' = j * s (r and j of its input; both are 1 for the
 * image, and padding does not matter); where values meet the greatest counts.
 */
export function receptiveFields(graph: Graph): Map<Value, readonly [Field, Field]> {
  const [rows, columns] = [fieldsAlong(graph, 0), fieldsAlong(graph, 1)];
  return new Map([...rows].map(([value, field]) => [value, [field, columns.get(value)!]]));
}

/** @param dim 0 for the rows of the image, 1 for its columns */
function fieldsAlong(graph: Graph, dim: 0 | 1): Map<Value, Placed> {
  const fields = new Map<Value, Placed>();
  const consumers = consumersOf(graph);
  for (const input of graph.inputs) {
    if (input.shape.length !== 4) continue;
    const channelsLast = (consumers.get(input) ?? []).some(
      (node) => node.op === "transpose" && node.attributes.perm[1] === 3,
    );
    fields.set(input, { size: 1, jump: 1, whole: false, axis: dim + (channelsLast ? 1 : 2) });
  }
  for (const node of graph.nodes) {
    for (const output of node.outputs) {
      const operands = node.inputs.flatMap((value) => {
        const field = value && fields.get(value);
        if (!field) return [];
        return [BROADCASTS.has(node.op) ? align(field, value.shape, output.shape) : field];
      });
      if (operands.length > 0) fields.set(output, after(node, merge(operands), dim));
    }
  }
  return fields;
}

/** Broadcasting counts axes from the last. */
function align(field: Placed, from: Shape, to: Shape): Placed {
  if (field.axis === null || from.length >= to.length) return field;
  return { ...field, axis: field.axis + to.length - from.length };
}

function merge(fields: readonly Placed[]): Placed {
  const most = (key: "size" | "jump"): number | null => {
    const known = fields.map((field) => field[key]).filter((value) => value !== null);
    return known.length > 0 ? Math.max(...known) : null;
  };
  return {
    size: most("size"),
    jump: most("jump"),
    whole: fields.some(({ whole }) => whole),
    axis: fields.find(({ jump, axis }) => jump !== null && axis !== null)?.axis ?? fields[0].axis,
  };
}

/** The field of what a node gives; that of its inputs is `field`. */
function after(node: Node, field: Placed, dim: 0 | 1): Placed {
  const window = windowOf(node, dim);
  if (window) return slide(field, window);
  const { axis } = field;
  const mixes = (first: number, last = first): boolean =>
    field.jump !== null && (axis === null || (axis >= first && axis <= last));
  const rank = node.inputs[0]?.shape.length ?? 0;
  switch (node.op) {
    case "globalAveragePool":
    case "groupNorm":
    case "gridSample":
    case "topK":
    case "nonMaxSuppression":
      return { ...WHOLE, axis };
    case "linear":
      return mixes(rank - 1) ? WHOLE : field;
    case "matmul": {
      const hasWeight = node.inputs.some((input) => input?.constant ?? input?.parameter);
      return !hasWeight || mixes(rank - 1) ? { ...WHOLE, axis } : field;
    }
    case "softmax":
      return mixes(node.attributes.axis) ? { ...WHOLE, axis } : field;
    case "layerNorm":
      return mixes(node.attributes.axis, rank) ? { ...WHOLE, axis } : field;
    case "gather":
      return mixes(node.attributes.axis) ? { ...WHOLE, axis } : field;
    case "reduce": {
      const { axes, keepDims } = node.attributes;
      if (field.jump !== null && (axis === null || axes.includes(axis))) return WHOLE;
      const gone = axis === null || keepDims ? 0 : axes.filter((other) => other < axis).length;
      return { ...field, axis: axis === null ? null : axis - gone };
    }
    case "transpose":
      return { ...field, axis: axis === null ? null : node.attributes.perm.indexOf(axis) };
    case "reshape":
      return reshape(field, node.inputs[0]!.shape, node.attributes.shape);
    case "slice":
      return slice(field, node.attributes);
    default:
      return field;
  }
}

function slide(field: Placed, { reach, stride, whole }: Window): Placed {
  const { size, jump } = field;
  if (whole) return { ...WHOLE, axis: field.axis };
  if (size === null || jump === null) return field;
  return { ...field, size: size + reach * jump, jump: jump * stride };
}

/** Follows the axis; where it is cut into blocks or blocks are put together, steps change likewise. */
function reshape(field: Placed, from: Shape, to: Shape): Placed {
  const { axis, size, jump } = field;
  if (axis === null || jump === null) return { ...field, axis: null };
  const behind = (shape: Shape, at: number) => shape.slice(at + 1).reduce((a, b) => a * b, 1);
  const inner = behind(from, axis);
  const isSame = (at: number) => to[at] === from[axis] && behind(to, at) === inner;
  const same = isSame(axis) ? axis : to.findIndex((_, at) => isSame(at));
  if (same >= 0) return { ...field, axis: same };
  const outer = inner * from[axis];
  // [.., H, ..] as [.., H / n, n, ..]: once the n are channels, a number of them covers n steps.
  const cut = to.findIndex((length, at) => length > 1 && behind(to, at) * length === outer);
  if (cut >= 0 && cut + 1 < to.length && behind(to, cut + 1) === inner) {
    const block = to[cut + 1];
    return { ...field, axis: cut, size: size! + (block - 1) * jump, jump: jump * block };
  }
  // [.., H, n, ..] as [.., H * n, ..].
  const block = from[axis + 1] ?? 1;
  const joined = to.findIndex(
    (length, at) => length === from[axis] * block && behind(to, at) * block === inner,
  );
  if (block > 1 && joined >= 0) return { ...field, axis: joined, jump: jump / block };
  return { ...field, axis: null, jump: from[axis] === 1 ? null : jump };
}

/**
 * Every n-th row: counted from the first of each n, so that the phases of a space-to-depth cover n
 * rows together.
 */
function slice(
  field: Placed,
  attributes: { axes: readonly number[]; starts: readonly number[]; steps: readonly number[] },
): Placed {
  const at = field.axis === null ? -1 : attributes.axes.indexOf(field.axis);
  if (at < 0 || field.jump === null) return field;
  const step = Math.abs(attributes.steps[at]);
  const reach = ((attributes.starts[at] % step) + step) % step;
  return slide(field, { reach, stride: step, whole: false });
}
