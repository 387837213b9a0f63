/** The activations that papers name (blocks.md A17). */
import type { UnaryAttributes } from "../graph/attributes.ts";

export const RELU: UnaryAttributes = { kind: "relu" };
export const RELU6: UnaryAttributes = { kind: "relu6" };
export const SIGMOID: UnaryAttributes = { kind: "sigmoid" };
/** x * sigmoid(x), "swish" in the papers. */
export const SILU: UnaryAttributes = { kind: "silu" };
/** MobileNetV3's: relu6(x + 3) / 6. */
export const HARD_SIGMOID: UnaryAttributes = { kind: "hardSigmoid", alpha: 1 / 6, beta: 0.5 };
/** x * relu6(x + 3) / 6 */
export const HARD_SWISH: UnaryAttributes = { kind: "hardSwish" };

/** x where it is positive, else `negativeSlope` x: 0.1 in Darknet, 0.01 in PyTorch's networks. */
export function leakyRelu(negativeSlope: number): UnaryAttributes {
  return { kind: "leakyRelu", negativeSlope };
}
