/** A Vite plugin that takes the comments out of bundled shaders: a third of their gzipped bytes. */

/** Comments that are whole lines; the linker's directives (`//#import`) stay. */
const COMMENT = /^[ \t]*\/\/(?!#).*\n/gm;

/** @returns {import("vite").Plugin} */
export function stripWgslComments() {
  return {
    name: "strip-wgsl-comments",
    enforce: "post",
    transform: {
      filter: { id: /\.wgsl\?raw$/ },
      handler(code) {
        const text = /** @type {string} */ (
          JSON.parse(code.slice(code.indexOf('"'), code.lastIndexOf('"') + 1))
        );
        return { code: `export default ${JSON.stringify(text.replace(COMMENT, ""))}`, map: null };
      },
    },
  };
}
