import { spawn, type ChildProcess, type SpawnOptions } from "node:child_process";
import { constants } from "node:os";

export interface Ended {
  readonly code: number;
  readonly stdout: string;
  /** What it said, both ways. */
  readonly output: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  readonly output: () => string;
}

const NOT_STARTED = 127;
const KILLED = 128;
const MAX_OUTPUT_CHARS = 1_000_000;

/** Starts a program without a shell. A program that cannot be started ends with code 127. */
export function start(command: string, args: readonly string[], options: SpawnOptions = {}): Running {
  const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-MAX_OUTPUT_CHARS);
      if (stream === child.stdout) stdout = (stdout + text).slice(-MAX_OUTPUT_CHARS);
    });
  }
  const ended = new Promise<Ended>((resolve) => {
    child.once("error", (error) =>
      resolve({ code: NOT_STARTED, stdout, output: `${output}${error.message}` }),
    );
    child.once("close", (code, signal) => {
      resolve({ code: code ?? KILLED + constants.signals[signal ?? "SIGKILL"], stdout, output });
    });
  });
  return { child, ended, output: () => output };
}

/** Runs a program to its end; answers what it wrote to standard output. */
export async function run(
  command: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<string> {
  const { code, stdout, output } = await start(command, args, options).ended;
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with code ${code}:\n${output}`);
  return stdout;
}
