/** Einsum on the GPU against sums that are written out, for fixed and for random equations. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseOnnx } from "../../src/formats/onnx/all.ts";
import { syntheticNumber } from "../../src/graph/synthetic.ts";
import { sizeOf } from "../../src/graph/tensor.ts";
import { errorOf } from "./error-of.ts";
import { fileOf, input, numbersOf, runOnnx } from "./run-onnx.ts";
import type { NodeInput } from "./run-onnx.ts";

// The same cases in every run.
fc.configureGlobal({ seed: 1 });

const filled = (shape: number[], seed: number): NodeInput => ({
  shape,
  data: Array.from({ length: sizeOf(shape) }, (_, i) => syntheticNumber(seed * 1e6 + i)),
});

const einsum = (equation: string, ...inputs: NodeInput[]) =>
  numbersOf("Einsum", inputs, { attributes: { equation } });

/** The sum over all values of all labels, as the definition says. */
function evaluate(terms: string[], output: string, inputs: NodeInput[]): number[] {
  const labels = [...new Set(terms.join(""))];
  const sizes = labels.map((label) => {
    const term = terms.findIndex((letters) => letters.includes(label));
    return inputs[term].shape[terms[term].indexOf(label)];
  });
  const sizeOfLabel = (label: string) => sizes[labels.indexOf(label)];
  const y = new Array<number>(sizeOf([...output].map(sizeOfLabel))).fill(0);
  for (let i = 0; i < sizeOf(sizes); i++) {
    let rest = i;
    const at = new Map<string, number>();
    labels.forEach((label, axis) => {
      at.set(label, rest % sizes[axis]);
      rest = Math.floor(rest / sizes[axis]);
    });
    const place = (letters: string) =>
      [...letters].reduce((sum, label) => sum * sizeOfLabel(label) + at.get(label)!, 0);
    y[place(output)] += inputs.reduce((product, { data }, t) => product * data[place(terms[t])], 1);
  }
  return y;
}

describe("Einsum", () => {
  const [a, b] = [
    input([
      [1, 2],
      [3, 4],
    ]),
    input([
      [5, 6],
      [7, 8],
    ]),
  ];

  test.each([
    ["ij,jk->ik", [19, 22, 43, 50]],
    ["ij,jk", [19, 22, 43, 50]],
    ["ij,ij->", [70]],
    ["ij,kl->", [260]],
    ["ij,kj->ki", [17, 39, 23, 53]],
    ["ij,ij->ji", [5, 21, 12, 32]],
    ["ii,jk->i", [26, 104]],
    [" i j , j k -> k i ", [19, 43, 22, 50]],
    ["...j,...j->...", [17, 53]],
  ])("%s of two matrices", async (equation, expected) => {
    expect(await einsum(equation, a, b)).toEqual(expected);
  });
  test.each([
    ["ii", [5]],
    ["ii->i", [1, 4]],
    ["ij->ji", [1, 3, 2, 4]],
    ["ij->", [10]],
    ["...", [1, 2, 3, 4]],
    ["...j->...", [3, 7]],
  ])("%s of one matrix", async (equation, expected) => {
    expect(await einsum(equation, a)).toEqual(expected);
  });
  test("broadcasts the axes of an ellipsis", async () => {
    const [y] = await runOnnx("Einsum", [filled([2, 1, 3, 4], 1), filled([5, 4, 2], 2)], {
      attributes: { equation: "...ij,...jk->...ik" },
    });
    expect(y.shape).toEqual([2, 5, 3, 2]);
  });
  test("of integers has integers", async () => {
    const integers = [input([[1, 2]], 7), input([[3], [4]], 7)];
    const [y] = await runOnnx("Einsum", integers, { attributes: { equation: "ij,jk->ik" } });
    expect(y.dtype).toBe("int32");
    expect([...y.data]).toEqual([11]);
  });
  test("of random equations is the sum of its definition", async () => {
    const letters = ["a", "b", "c", "d"] as const;
    const sizes: Record<string, number> = { a: 2, b: 3, c: 1, d: 4 };
    const term = fc.shuffledSubarray([...letters], { minLength: 1, maxLength: 3 });
    const equations = fc
      .array(term, { minLength: 1, maxLength: 3 })
      .chain((terms) =>
        fc.tuple(fc.constant(terms), fc.shuffledSubarray([...new Set(terms.flat())])),
      );
    await fc.assert(
      fc.asyncProperty(equations, async ([terms, output]) => {
        const words = terms.map((labels) => labels.join(""));
        const inputs = terms.map((labels, i) =>
          filled(
            labels.map((label) => sizes[label]),
            i + 1,
          ),
        );
        const y = await einsum(`${words.join(",")}->${output.join("")}`, ...inputs);
        const expected = evaluate(words, output.join(""), inputs);
        expect(y).toHaveLength(expected.length);
        expected.forEach((value, i) => expect(y[i]).toBeCloseTo(value, 4));
      }),
      { numRuns: 25 },
    );
  }, 120_000);
});

const matrices = [filled([2, 3], 1), filled([3, 4], 2)];

test.each([
  ["ij,j1->i", 'equation "ij,j1->i" is not valid'],
  ["ij,jk->i->j", 'equation "ij,jk->i->j" is not valid'],
  ["ij.,jk->i", 'equation "ij.,jk->i" is not valid'],
  ["ij->i", 'equation "ij->i" has 1 terms for 2 inputs'],
  ["ijk,jk->i", 'term "ijk" does not fit input 0 of rank 2'],
  ["...ijk,jk->i", 'term "...ijk" does not fit input 0 of rank 2'],
  ["ij,ik->jk", 'label "i" has sizes 2 and 3'],
  ["ii,jk->i", 'label "i" has sizes 2 and 3 in one term'],
  ["ij,jk->il", 'the output "il" has a label twice or one that no input has'],
  ["ij,jk->ii", 'the output "ii" has a label twice or one that no input has'],
])("parseOnnx rejects an Einsum of %s", (equation, problem) => {
  const file = fileOf("Einsum", matrices, { attributes: { equation } });
  expect(errorOf(() => parseOnnx(file, { name: "m.onnx" }))).toBe(
    `FormatError: onnx "m.onnx": node 0 "Einsum" (n): ${problem}`,
  );
});
