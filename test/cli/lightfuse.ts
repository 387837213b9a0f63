/** Starts the built command line, as a user does. */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

const BIN = fileURLToPath(new URL("../../bin/", import.meta.url));

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `lightfuse` with these arguments in a folder. */
export function lightfuse(argv: readonly string[], cwd?: string): Promise<Finished> {
  return start("lightfuse.js", argv, cwd).finished;
}

/** A program of bin/ that may go on running: what it has written so far, and its end. */
export function start(
  program: string,
  argv: readonly string[],
  cwd?: string,
): { stdout: () => string; stop: () => void; finished: Promise<Finished> } {
  const child = spawn(process.execPath, [BIN + program, ...argv], { cwd });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (text) => (stdout += String(text)));
  child.stderr.on("data", (text) => (stderr += String(text)));
  return {
    stdout: () => stdout,
    stop: () => child.kill(),
    finished: new Promise((resolve) => {
      child.on("close", (code) => resolve({ code, stdout, stderr }));
    }),
  };
}
