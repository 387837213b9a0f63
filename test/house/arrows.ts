/** Who may import whom, as data; `layering.test.ts` compares the import lines with it. */
import { type Import, type SourceFile } from "./sources.ts";

interface Arrow {
  /** Folder of src, or a path from the root. */
  readonly to: string;
  /** Only these files of the folder. */
  readonly files?: readonly string[];
  readonly typesOnly?: true;
}

/** Errors, shapes, and types such as activations have one home for all layers. */
const VOCABULARY: readonly Arrow[] = [
  { to: "graph", files: ["errors.ts", "tensor.ts"] },
  { to: "graph", typesOnly: true },
];

/** Folders of src, each with what it may import besides itself. */
const LAYERS: Readonly<Record<string, readonly Arrow[]>> = {
  graph: [],
  reference: [{ to: "graph" }],
  formats: [{ to: "graph" }, { to: "reference", files: ["fold.ts"] }],
  blocks: [{ to: "graph" }],
  shaders: [...VOCABULARY],
  compiler: [{ to: "graph" }, { to: "shaders" }, { to: "reference", files: ["fold.ts"] }],
  explain: [{ to: "graph" }, { to: "compiler", typesOnly: true }],
  gpu: [...VOCABULARY, { to: "shaders" }, { to: "compiler", typesOnly: true }],
};

/** What stands outside src uses the public door, and the scripts that find Chromium and Vulkan. */
const DOORS = ["src/index.ts", "scripts/chromium.js", "scripts/vulkan.js", "scripts/setup.js"];

/** Packages that a page may download with the library. */
const PAGE_PACKAGES = ["pbf"];

/** Why a file may not have this import; undefined when it may. */
export function objection(file: SourceFile, found: Import): string | undefined {
  const { target } = found;
  const [area, layer] = file.path.split("/") as [string, string];
  if (!/^(src|cli|demo|bench|test|scripts)\//.test(target)) {
    if (area !== "src" || PAGE_PACKAGES.includes(target)) return undefined;
    return `only ${PAGE_PACKAGES.join(", ")} may be bundled into a page`;
  }
  if (target.startsWith(`${area}/`) && area !== "src") return undefined;
  if (area !== "src") return DOORS.includes(target) ? undefined : "only src/index.ts is a door";
  if (!target.startsWith("src/")) return "src imports only src";
  if (!file.path.slice("src/".length).includes("/")) return undefined;
  return layerObjection(layer, found);
}

function layerObjection(layer: string, { target, typeOnly }: Import): string | undefined {
  const arrows = LAYERS[layer];
  if (arrows === undefined) return `${layer} is not a layer of the house`;
  const [, to, ...rest] = target.split("/");
  if (to === layer) return undefined;
  const towards = arrows.filter((arrow) => arrow.to === to);
  if (towards.length === 0) return `${layer} may not import ${to}`;
  const file = rest.join("/");
  const allowed = towards.some(
    ({ files, typesOnly }) => (files?.includes(file) ?? true) && (typeOnly || !typesOnly),
  );
  if (allowed) return undefined;
  const parts = towards.map(({ files, typesOnly }) => (typesOnly ? "types" : files!.join(", ")));
  return `${layer} may import only ${parts.join(" and ")} of ${to}`;
}

/** One cycle of files that import each other, the first file repeated at the end. */
export function findCycle(files: readonly SourceFile[]): string[] | undefined {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string): string[] | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return undefined;
    trail.push(path);
    for (const { target } of byPath.get(path)?.imports ?? []) {
      const cycle = byPath.has(target) ? visit(target) : undefined;
      if (cycle) return cycle;
    }
    trail.pop();
    done.add(path);
    return undefined;
  };
  for (const { path } of files) {
    const cycle = visit(path);
    if (cycle) return cycle;
  }
  return undefined;
}
