import { execFileSync, spawn } from "node:child_process";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const PACKAGE = join(dirname(fileURLToPath(import.meta.url)), "../..");
const INDEX = pathToFileURL(join(PACKAGE, "dist/index.js")).href;

/** Makes this package `hookAgent` in a script. */
export const LOAD = `const hookAgent = await import(${JSON.stringify(INDEX)});\n`;

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly tookMs: number;
}

/** Brings `dist` up to date: another process needs the package as it is shipped. */
export function buildPackage(): void {
  const typescript = dirname(createRequire(import.meta.url).resolve("typescript/package.json"));
  execFileSync(process.execPath, [join(typescript, "bin/tsc"), "--build", PACKAGE]);
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
    timeout: 15_000,
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
