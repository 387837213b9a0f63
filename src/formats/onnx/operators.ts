/** The table of ONNX operators: one converter each. */
import { convolution } from "./convolution.ts";
import { elementwise } from "./elementwise.ts";
import type { Converter } from "./node.ts";
import type { NodeProto } from "./proto.ts";
import { pooling } from "./pooling.ts";
import { resizing } from "./resize.ts";
import { shape } from "./shape.ts";
import { structure } from "./structure.ts";

const CONVERTERS: Readonly<Record<string, Converter>> = {
  ...convolution,
  ...pooling,
  ...elementwise,
  ...structure,
  ...shape,
  ...resizing,
};

/** Operators of the default domain that `parseOnnx` reads, by name. */
export const supportedOnnxOperators: readonly string[] = Object.keys(CONVERTERS).sort();

/** `Conv`, or of another domain than the default one `com.example.Conv`. */
export function operatorName({ domain, opType }: NodeProto): string {
  return domain === "" || domain === "ai.onnx" ? opType : `${domain}.${opType}`;
}

/** Null when the operator is not supported. */
export function converterOf(node: NodeProto): Converter | null {
  const name = operatorName(node);
  return Object.hasOwn(CONVERTERS, name) ? CONVERTERS[name] : null;
}
