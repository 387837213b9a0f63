/**
 * Lets a benchmark impose tiles on the kernels of convolution: a Vite plugin that wraps the choice
 * of `src/compiler/select.ts`, so that the library needs no switch for it.
 */

/** The functions that choose a tile, and the names of its two sizes. */
const CHOICES = {
  selectTile: ["pixels", "quads"],
  selectDepthwiseTile: ["height", "width"],
  selectStrip: ["height", "width"],
};

/** `globalThis.benchTile.wanted` is imposed; `chosen` has what each function returned last. */
const IMPOSE = `
const impose = (choose, name, [first, second]) => (...given) => {
  const { wanted, chosen } = (globalThis.benchTile ??= { chosen: {} });
  const tile = wanted
    ? { [first]: wanted[0], [second]: wanted[1], workgroup: wanted[2] }
    : choose(...given);
  chosen[name] = [tile[first], tile[second], tile.workgroup];
  return tile;
};
`;

/** @returns {import("vite").Plugin} */
export function tileHook() {
  return {
    name: "lightfuse:tile-hook",
    transform(code, id) {
      if (!/src\/compiler\/select\.ts$/.test(id)) return;
      let wrapped = code + IMPOSE;
      for (const [name, sizes] of Object.entries(CHOICES)) {
        const declaration = `export function ${name}(`;
        if (!code.includes(declaration)) throw new Error(`tile hook: select.ts has no ${name}`);
        wrapped = wrapped.replace(declaration, `function original_${name}(`);
        const given = `original_${name}, "${name}", ${JSON.stringify(sizes)}`;
        wrapped += `export const ${name} = impose(${given});\n`;
      }
      return wrapped;
    },
  };
}
