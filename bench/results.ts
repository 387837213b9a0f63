/** The files of `bench/results`: one JSON file a measurement, and a Markdown file for people beside it. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

/** Which benchmark wrote a file. */
export type ResultKind =
  "peers" | "device" | "kernels" | "layers" | "scaling" | "fusion" | "compile" | "shaders";

/** What every result says of itself. */
export interface About {
  readonly kind: ResultKind;
  /** `google-swiftshader` */
  readonly adapter: string;
  /** `Chromium 156.0.1` or `Node 22.1 with Dawn` */
  readonly host: string;
  /** Of lightfuse. */
  readonly version: string;
  readonly commit: string;
  /** `2026-11-22` */
  readonly date: string;
  readonly command: string;
}

/** @param script the npm script with its options; paths below LIGHTFUSE_DATA are named by it */
export function aboutOf(
  kind: ResultKind,
  { adapter, host }: Pick<About, "adapter" | "host">,
  script: string,
  given: readonly string[],
): About {
  const options = given.map(withoutFolder).join(" ");
  return {
    kind,
    adapter,
    host,
    version: lightfuseVersion(),
    commit: commitOf(),
    date: today(),
    command: `npm run ${script}${options ? ` -- ${options}` : ""}`,
  };
}

/** A command that others can repeat, wherever they have the models. */
function withoutFolder(argument: string): string {
  const folder = process.env.LIGHTFUSE_DATA;
  return folder && argument.startsWith(folder)
    ? `$LIGHTFUSE_DATA${argument.slice(folder.length)}`
    : argument;
}

export function lightfuseVersion(): string {
  return (JSON.parse(readFileSync(root("package.json"), "utf8")) as { version: string }).version;
}

export function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** The commit of this checkout, "" where there is none. */
function commitOf(): string {
  const { stdout } = spawnSync("git", ["rev-parse", "--short", "HEAD"], {
    cwd: root("."),
    encoding: "utf8",
  });
  return (stdout ?? "").trim();
}

/** `vendor-architecture` as it stands in names of files. */
export function adapterName(info?: { vendor?: string; architecture?: string }): string {
  const name = [info?.vendor, info?.architecture].filter(Boolean).join("-");
  return name.replace(/[^\w.-]+/g, "-") || "unnamed-adapter";
}

function pathOf(adapter: string, name: string, ending: string): string {
  const stem = [adapter, name]
    .filter(Boolean)
    .join("-")
    .replace(/[^\w.-]+/g, "-");
  return root(`bench/results/${stem}.${ending}`);
}

/** Writes `results/<adapter>-<name>.json` and `.md`. */
export function writeResult(name: string, result: About, markdown: string): void {
  mkdirSync(root("bench/results"), { recursive: true });
  writeFileSync(pathOf(result.adapter, name, "json"), `${JSON.stringify(result, null, 2)}\n`);
  writeText(result.adapter, name, markdown);
}

/** Writes `results/<adapter>-<name>.<ending>`. @returns where */
export function writeText(adapter: string, name: string, text: string, ending = "md"): string {
  const path = pathOf(adapter, name, ending);
  writeFileSync(path, text.endsWith("\n") ? text : `${text}\n`);
  return path;
}

/** All results that are there, of one adapter or of all; undefined kinds are of older versions. */
export function readResults<Result extends About>(kind: ResultKind, adapter?: string): Result[] {
  const folder = root("bench/results");
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return files
    .map((name) => JSON.parse(readFileSync(`${folder}/${name}`, "utf8")) as Result)
    .filter((result) => {
      return result.kind === kind && (adapter === undefined || result.adapter === adapter);
    });
}

/** A line that says what, where and when. */
export function describeAbout({ adapter, host, version, commit, date, command }: About): string {
  const named = commit ? `${version} (${commit})` : version;
  return `\`${command}\`, ${date}, lightfuse ${named}, ${adapter}, ${host}.`;
}
