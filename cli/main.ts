/** The command line: finds the command, and turns every error into one line and exit code 1. */
import { formatHelp, HELP, readArguments, suggestion, type Command } from "./arguments.ts";
import { demo } from "./demo.ts";
import { explain } from "./explain.ts";
import { Failure, oneLine } from "./failure.ts";
import { inspect } from "./inspect.ts";
import { networks } from "./networks.ts";
import { print } from "./print.ts";
import { profile } from "./profile.ts";
import { packageVersion } from "./root.ts";
import { run } from "./run.ts";
import { table } from "./text.ts";
import { tune } from "./tune.ts";
import { verify } from "./verify.ts";

const COMMANDS: readonly Command[] = [run, inspect, explain, profile, tune, verify, networks, demo];

function overview(): string {
  const commands = COMMANDS.map(({ name, operands, summary }) => [
    `  ${[name, ...operands].join(" ")}`,
    summary,
  ]);
  return `usage: lightfuse <command> [options]

Convolutional networks on the GPU, with hand-written WebGPU compute shaders.

commands:
${table(commands)}

\`lightfuse <command> --help\` shows the options of a command; --version shows the version.
In Node the GPU is reached through Dawn (the package "webgpu"); with --browser, through Chromium.`;
}

async function main([name, ...rest]: readonly string[]): Promise<number> {
  if (name === undefined) {
    process.stderr.write(`${overview()}\n`);
    return 1;
  }
  if (name === "help" && rest.length > 0) return main([rest[0], "--help"]);
  if (name === "--help" || name === "-h" || name === "help") {
    print(overview());
    return 0;
  }
  if (name === "--version") {
    print(packageVersion());
    return 0;
  }
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (!command) {
    const isOption = name.startsWith("-");
    const known = isOption ? ["--help", "--version"] : COMMANDS.map((candidate) => candidate.name);
    const kind = isOption ? "option" : "command";
    throw new Failure(`unknown ${kind} "${name}"${suggestion(name, known)}; see lightfuse --help`);
  }
  const given = readArguments(command, rest);
  if (given.has(HELP.name)) {
    print(formatHelp(command));
    return 0;
  }
  return (await command.execute(given)) ?? 0;
}

// `lightfuse networks | head -1` closes the pipe early, which is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  const wordy = process.env.LIGHTFUSE_DEBUG === "1" && error instanceof Error;
  process.stderr.write(`lightfuse: ${wordy ? error.stack : oneLine(error)}\n`);
  process.exitCode = 1;
}
