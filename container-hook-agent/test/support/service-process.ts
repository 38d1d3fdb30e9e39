import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../../session-storage-service/dist/main.js", import.meta.url));

export interface ServiceProcess {
  readonly url: string;
  readonly port: number;
  /** Resolves when the process is gone. */
  end(signal: "SIGTERM" | "SIGKILL"): Promise<void>;
}

/** The built service in its own process, ready to serve. `settings` are environment variables. */
export async function startService(
  dataDir: string,
  port = 0,
  settings: Readonly<Record<string, string>> = {},
): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, PORT: String(port), DATA_DIR: dataDir, ...settings },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const listening = await portOf(child);
  return {
    url: `http://127.0.0.1:${listening}`,
    port: listening,
    async end(signal) {
      child.kill(signal);
      await exited;
    },
  };
}

async function portOf(child: ChildProcess & { stdout: NodeJS.ReadableStream }): Promise<number> {
  let log = "";
  for await (const line of createInterface({ input: child.stdout })) {
    log += `${line}\n`;
    const { msg, port } = parse(line);
    if (msg !== "listening") continue;
    // Its log is of no more interest, and a full pipe would stop it.
    child.stdout.resume();
    return Number(port);
  }
  throw new Error(`the service ended before it listened:\n${log}`);
}

function parse(line: string): { msg?: unknown; port?: unknown } {
  try {
    return JSON.parse(line) as object;
  } catch {
    return {};
  }
}
