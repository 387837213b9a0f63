/** Keeps what every page needs in one file: cut up by who else imports it, it compresses worse. */
import { fileURLToPath } from "node:url";

/** What loads and runs a model; all that these import statically is the core. */
const ROOTS = ["../src/model.ts", "../src/import.ts"].map((path) =>
  fileURLToPath(new URL(path, import.meta.url)),
);

/**
 * For `rolldownOptions.output` of one build.
 * @returns {import("rolldown").OutputOptions}
 */
export function coreChunk() {
  /** @type {Set<string> | undefined} */
  let core;
  /** @param {(id: string) => { importedIds: readonly string[] } | null} infoOf */
  const find = (infoOf) => {
    const found = new Set(ROOTS.filter((root) => infoOf(root)));
    for (const id of found) for (const next of infoOf(id)?.importedIds ?? []) found.add(next);
    return found;
  };
  return {
    codeSplitting: {
      groups: [
        {
          debugName: "core",
          name: (id, context) => {
            core ??= find((module) => context.getModuleInfo(module));
            return core.has(id) ? "core" : null;
          },
        },
      ],
    },
  };
}
