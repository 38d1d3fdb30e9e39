import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";
import { Client } from "./client.js";
import { waitFor } from "./waiting.js";

/** As `in-few-files.ts` puts it together. */
const SERVICE_MAIN = fileURLToPath(
  new URL("../../../.test-output/service-in-few-files/dist/main.js", import.meta.url),
);

export interface Launch {
  dataDir: string;
  env?: Record<string, string>;
  args?: string[];
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export type LogLine = Record<string, unknown>;

/** The service as its own process: spawned, read by its log, ended by signals. */
export class ServiceProcess {
  readonly log: LogLine[] = [];
  readonly exited: Promise<Exit>;
  readonly #child: ChildProcess;
  #output = "";
  #hasExited = false;

  constructor(launch: Launch) {
    this.#child = spawn(process.execPath, [SERVICE_MAIN, ...(launch.args ?? [])], {
      env: { PATH: process.env.PATH ?? "", PORT: "0", DATA_DIR: launch.dataDir, ...launch.env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.exited = new Promise((resolve, reject) => {
      this.#child.once("error", reject);
      // "close", not "exit": by then the whole log has been read.
      this.#child.once("close", (code, signal) => {
        this.#hasExited = true;
        resolve({ code, signal });
      });
    });
    this.#follow();
    onTestFinished(() => this.kill());
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("the service was not spawned");
    return this.#child.pid;
  }

  /** Everything written to standard output and error, for messages of failed tests. */
  get output(): string {
    return this.#output;
  }

  /** The address it serves once it has said so. */
  async ready(): Promise<string> {
    const line = await waitFor(
      () => `the service to listen; it printed:\n${this.#output}`,
      () => this.findLog("listening") ?? this.#refuseExited(),
    );
    return `http://${String(line.host)}:${String(line.port)}`;
  }

  findLog(message: string | RegExp): LogLine | undefined {
    return this.log.find(({ msg }) =>
      typeof message === "string" ? msg === message : typeof msg === "string" && message.test(msg),
    );
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** kill -9. */
  async kill(): Promise<void> {
    this.signal("SIGKILL");
    await this.exited;
  }

  #refuseExited(): undefined {
    if (this.#hasExited) throw new Error(`the service ended before it was ready:\n${this.#output}`);
  }

  #follow(): void {
    const { stdout, stderr } = this.#child;
    if (!stdout || !stderr) throw new Error("the service has no output to read");
    createInterface({ input: stdout }).on("line", (line) => {
      this.#output += `${line}\n`;
      if (line.startsWith("{")) this.log.push(JSON.parse(line) as LogLine);
    });
    stderr.on("data", (chunk: Buffer) => (this.#output += chunk.toString()));
  }
}

export interface RunningService {
  process: ServiceProcess;
  client: Client;
  url: string;
}

/** Starts the service and waits until it is ready. It is killed, at the latest, when the test ends. */
export async function startService(launch: Launch): Promise<RunningService> {
  const process = new ServiceProcess(launch);
  const url = await process.ready();
  const client = new Client(url);
  onTestFinished(() => client.close());
  return { process, client, url };
}
