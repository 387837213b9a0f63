/** The ONNX operators that most networks need: one converter each. The others are in `more.ts`. */
import { convolution } from "./convolution.ts";
import { elementwise } from "./elementwise.ts";
import type { Converter } from "./node.ts";
import type { NodeProto } from "./proto.ts";
import { pooling } from "./pooling.ts";
import { shape } from "./shape.ts";
import { structure } from "./structure.ts";

export type Converters = Readonly<Record<string, Converter>>;

export const CORE: Converters = {
  ...convolution,
  ...pooling,
  ...elementwise,
  ...structure,
  ...shape,
};

/** `Conv`, or of another domain than the default one `com.example.Conv`. */
export function operatorName({ domain, opType }: NodeProto): string {
  return domain === "" || domain === "ai.onnx" ? opType : `${domain}.${opType}`;
}

/** Null when the operator is not supported. */
export function converterOf(node: NodeProto, converters: Converters): Converter | null {
  const name = operatorName(node);
  return Object.hasOwn(converters, name) ? converters[name] : null;
}
