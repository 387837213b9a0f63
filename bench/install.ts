/** Installs what the benchmark compares with, as `peers/package-lock.json` has it. */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Where they are: `node_modules` of the peers. */
export const PEERS = here("peers/node_modules");

/** @throws Error when npm fails */
export function installPeers(): void {
  const lock = readFileSync(here("peers/package-lock.json"), "utf8");
  // Written last, so it tells that all of this lock file is there.
  const mark = `${PEERS}/.installed-lock.json`;
  if (existsSync(mark) && readFileSync(mark, "utf8") === lock) return;
  console.error("bench: installing the peers (about 280 MB)");
  const windows = process.platform === "win32";
  const { status } = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
    cwd: here("peers"),
    stdio: ["ignore", 2, 2],
    shell: windows,
  });
  if (status !== 0) throw new Error(`bench: npm ci in bench/peers ended with ${status}`);
  writeFileSync(mark, lock);
}
