import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { temporaryFolder } from "./folders.js";
import { waitFor } from "./waiting.js";

export interface Injection {
  /** The system calls meant, as strace names them. */
  calls: string;
  /** Only calls on one of these exact paths; every call if absent. */
  paths?: readonly string[];
  /** What to do at such a call, in strace's words. */
  inject: string;
  /** Which of them, counted per thread: "1", "2+". */
  when?: string;
}

export interface Trace {
  /** Resolves with the traced call once the injection has happened. */
  happened(): Promise<string>;
  /** Resolves once such a call has begun: one that is delayed has then not been made yet. */
  begun(): Promise<string>;
  detach(): Promise<void>;
}

/** The call is not made and the whole process stops: the disk is as it was before the step. */
export const FREEZE_BEFORE = "retval=0:signal=STOP";
/** The call is made and the whole process stops before it can act on the answer. */
export const FREEZE_AFTER = "signal=STOP";

/** Attaches strace to every thread of a process and interferes with its system calls. */
export async function injectInto(
  pid: number,
  { calls, paths = [], inject, when = "1" }: Injection,
): Promise<Trace> {
  const output = join(await temporaryFolder(), "trace");
  const tracer = spawn(
    "strace",
    [
      "-f",
      "-o",
      output,
      "-p",
      String(pid),
      "-e",
      `trace=${calls}`,
      "-e",
      `inject=${calls}:${inject}:when=${when}`,
    ].concat(paths.flatMap((path) => ["-P", path])),
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const ended = new Promise<void>((resolve) => tracer.once("close", () => resolve()));
  let messages = "";
  tracer.stderr.on("data", (chunk: Buffer) => (messages += chunk.toString()));
  const detach = async () => {
    tracer.kill("SIGINT");
    await ended;
  };
  onTestFinished(detach);
  await waitFor(
    () => `strace to attach: ${messages}`,
    () => messages.includes("attached") || undefined,
  );
  const traced = (find: (trace: string) => string | undefined) =>
    waitFor(`${inject} at ${calls}`, async () => find(await readFile(output, "utf8")));
  return {
    detach,
    happened: () => traced(injected),
    begun: () => traced((trace) => trace || undefined),
  };
}

function injected(trace: string): string | undefined {
  const lines = trace.split("\n");
  const at = lines.findIndex((line) => /\(INJECTED\)$|SIGSTOP \{/.test(line));
  return at < 0 ? undefined : lines.slice(Math.max(0, at - 1), at + 1).join(" ");
}
