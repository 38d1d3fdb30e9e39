import { spawn } from "node:child_process";

const INDEX = new URL("../../dist/index.js", import.meta.url).href;

/** Makes this package `hookAgent` in a script. */
export const LOAD = `const hookAgent = await import(${JSON.stringify(INDEX)});\n`;

/** An agent, `hook`, that waits at the end as long as a busy machine takes. */
export const PATIENT = "const hook = hookAgent.createHookAgent({ exitTimeoutMs: 20_000 });\n";

/** A process that has not ended by then is held, and killed: well before a request's own 30 s are over. */
const HELD_MS = 25_000;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

/** Runs `script` as a module of its own process, and sends it `signal`, if any, once it has written `ready`. */
export async function runScript(
  script: string,
  env: NodeJS.ProcessEnv,
  signal?: NodeJS.Signals,
): Promise<Ended> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    env: {
      PATH: process.env.PATH,
      SESSION_ID: "child",
      SESSION_USER_ID: "u1",
      SESSION_SPOOL_DIR: "off",
      ...env,
    },
    timeout: HELD_MS,
    killSignal: "SIGKILL",
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
    if (signal !== undefined && stdout.includes("ready")) child.kill(signal);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  return new Promise((resolve) => {
    child.on("close", (code, killedBy) => {
      resolve({ code, signal: killedBy, stdout, stderr, tookMs: performance.now() - startedMs });
    });
  });
}
