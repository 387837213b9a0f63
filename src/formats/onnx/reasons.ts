/** Why some operators of ONNX are not supported, for messages. */

const because = (reason: string, operators: string): [string, string][] =>
  operators.split(" ").map((name) => [name, reason]);

export const REASONS: Readonly<Record<string, string>> = Object.fromEntries([
  ...because(
    "it works on the bits of integers, which are floats on the GPU",
    "BitShift BitwiseAnd BitwiseOr BitwiseXor BitwiseNot",
  ),
  ...because(
    "its outputs are random numbers",
    "Bernoulli Multinomial RandomNormal RandomNormalLike RandomUniform RandomUniformLike",
  ),
  ...because("the data would decide the shape of its output", "Compress Unique"),
  ...because(
    "strings are no tensors of numbers",
    "RegexFullMatch StringConcat StringNormalizer StringSplit TfIdfVectorizer",
  ),
  ...because(
    "sequences and optional values are no tensors",
    "ConcatFromSequence Optional OptionalGetElement OptionalHasElement " +
      "SequenceAt SequenceConstruct SequenceEmpty SequenceErase SequenceInsert SequenceLength " +
      "SequenceMap SplitToSequence",
  ),
]);
