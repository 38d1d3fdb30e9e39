import { spawn } from "node:child_process";
import { onTestFinished } from "vitest";

export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Program {
  readonly ended: Promise<Outcome>;
  /** Resolves once it has written a line. */
  readonly hasWritten: Promise<unknown>;
  say(text: string): void;
}

/** A program of the folder, as its user starts it. */
export function startProgram(
  folder: string,
  [file, ...args]: readonly [string, ...string[]],
  env: NodeJS.ProcessEnv,
): Program {
  const child = spawn(process.execPath, [file, ...args], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: folder, SESSION_USER_ID: "me", SESSION_SPOOL_DIR: "off", ...env },
    timeout: 200_000,
    killSignal: "SIGKILL",
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let stdout = "";
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  const ended = new Promise<Outcome>((resolve) => {
    child.on("close", (code) => resolve({ code, stdout: stdout.trim(), stderr }));
  });
  const hasWritten = new Promise((resolve) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      if (stdout.includes("\n")) resolve(undefined);
    });
    void ended.then(resolve);
  });
  return { ended, hasWritten, say: (text) => child.stdin.write(`${text}\n`) };
}
