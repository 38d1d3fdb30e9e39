import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const STOP_TIMEOUT_MS = 15_000;
const SETTLE_TIMEOUT_MS = 180_000;
const SETTLE_STEP_MS = 250;
/** What the kernel counts processor time in; 100 a second on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/**
 * A server in a process of its own, which says where it listens in a JSON line with `"msg":"listening"`.
 */
export class Server {
  #child;

  /**
   * @param {import("node:child_process").ChildProcess} child
   * @param {number} port
   * @param {number} readyMs from the start of the process to the line that says it listens
   */
  constructor(child, port, readyMs) {
    this.#child = child;
    this.port = port;
    this.readyMs = readyMs;
    this.url = `http://127.0.0.1:${port}`;
  }

  /**
   * @param {string[]} args for node
   * @param {Record<string, string>} [environment]
   */
  static async start(args, environment = {}) {
    const startedAt = performance.now();
    const child = spawn(process.execPath, args, {
      env: { ...process.env, ...environment },
      stdio: ["ignore", "pipe", "inherit"],
    });
    const stopChild = () => child.kill();
    process.once("exit", stopChild);
    child.once("exit", () => process.off("exit", stopChild));
    const port = await listeningPort(child, args.join(" "));
    return new Server(child, port, performance.now() - startedAt);
  }

  /** Resident memory in bytes. */
  async residentBytes() {
    const status = await readFile(`/proc/${this.#child.pid}/status`, "utf8");
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
  }

  /** Processor time used so far, by all threads, in seconds. */
  async cpuSeconds() {
    const stat = await readFile(`/proc/${this.#child.pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  }

  /**
   * Waits until the process has nothing left to do, so that the next sample is not charged for this one.
   * @returns the processor seconds that the work left behind
   */
  async settle(timeoutMs = SETTLE_TIMEOUT_MS) {
    const before = await this.cpuSeconds();
    const deadline = performance.now() + timeoutMs;
    let quietSteps = 0;
    for (let last = before; quietSteps < 2;) {
      if (performance.now() > deadline) throw new Error("the server did not come to rest");
      await sleep(SETTLE_STEP_MS);
      const now = await this.cpuSeconds();
      quietSteps = now - last <= 1.5 / TICKS_PER_SECOND ? quietSteps + 1 : 0;
      last = now;
    }
    return (await this.cpuSeconds()) - before;
  }

  async stop() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    const [, signal] = await exited;
    clearTimeout(timer);
    if (signal === "SIGKILL") throw new Error(`a server did not stop within ${STOP_TIMEOUT_MS} ms`);
  }
}

/**
 * @param {import("node:child_process").ChildProcess} child
 * @param {string} name
 * @returns {Promise<number>}
 */
async function listeningPort(child, name) {
  const output = /** @type {import("node:stream").Readable} */ (child.stdout);
  const lines = createInterface({ input: output });
  try {
    for await (const line of lines) {
      const entry = parseLine(line);
      if (entry?.msg === "listening" && entry.port) return entry.port;
    }
  } finally {
    lines.close();
    output.resume();
  }
  throw new Error(`${name} ended before it listened`);
}

/**
 * @param {string} line
 * @returns {{ msg?: string, port?: number } | undefined}
 */
function parseLine(line) {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
