/** Builds dist/: the library and its types, the command line, the demo pages. */
import { spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

const TSC = ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"];
const vite = (/** @type {string} */ mode) => {
  return ["node_modules/vite/bin/vite.js", "build", "--mode", mode, "--logLevel", "warn"];
};

/**
 * Runs a Node script, its output shown only when it fails or warns.
 * @param {string} name
 * @param {string[]} args
 * @returns {Promise<boolean>} whether it succeeded.
 */
async function step(name, args) {
  const started = performance.now();
  // What runs this build may have set another NODE_ENV; dist must not depend on it.
  const env = { ...process.env, NODE_ENV: "production" };
  const child = spawn(process.execPath, args, {
    cwd: root,
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text) => (output += String(text)));
  }
  const code = await new Promise((resolve) => child.on("close", resolve));
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`build: ${name} ${code === 0 ? "done" : "failed"} in ${seconds} s`);
  if (output.trim()) console.log(output.trim());
  return code === 0;
}

rmSync(`${root}/dist`, { recursive: true, force: true });
const results = await Promise.all([
  step("types", TSC),
  step("library", vite("library")),
  step("command line", vite("cli")),
  step("demo pages", vite("demo")),
]);
process.exitCode = results.every(Boolean) ? 0 : 1;
