/** Kernels by colour: the four that matter most, and the others. */
const FAMILIES: readonly (readonly [name: string, pattern: RegExp])[] = [
  ["pointwise", /pointwise/],
  ["depthwise", /depthwise/],
  ["k x k", /^conv\//],
  ["fully connected", /linear|gate/],
  ["others", /./],
];

export const FAMILY_NAMES = FAMILIES.map(([name]) => name);

/** The first family whose pattern the kernel's name has; `c0` is the class of its colour. */
export function familyOf(kernel: string): { readonly name: string; readonly colour: string } {
  const index = FAMILIES.findIndex(([, pattern]) => pattern.test(kernel));
  return { name: FAMILIES[index][0], colour: `c${index}` };
}

/** The key of a chart: HTML. */
export function keyOf(names: readonly string[]): string {
  const items = names.map((name, i) => `<li class="c${i}">${name}</li>`);
  return `<ul class="key">${items.join("")}</ul>`;
}
