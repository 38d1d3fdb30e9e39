import { once } from "node:events";
import { start, type Running } from "../command.js";
import { until } from "../until.js";
import { ROOT } from "./repository.js";

export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Programs get what they need of the environment, and nothing of what else is in it. */
const PASSED_ON = ["PATH", "HOME", "LANG", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"];

/** A program in a process group of its own, so that what it started goes with it. */
export class LocalProcess {
  readonly #running: Running;

  constructor({ command, args, cwd = ROOT, env }: Program) {
    const passed = PASSED_ON.map((name) => [name, process.env[name]] as const);
    const all = { ...Object.fromEntries(passed.filter(([, value]) => value !== undefined)), ...env };
    this.#running = start(command, args, { cwd, env: all, detached: true });
  }

  get ended() {
    return this.#running.ended;
  }

  get output(): string {
    return this.#running.output();
  }

  get isUp(): boolean {
    const { exitCode, signalCode, pid } = this.#running.child;
    return pid !== undefined && exitCode === null && signalCode === null;
  }

  /** Resolves with the port that it says it listens on. */
  async port(): Promise<number> {
    return until("a program to listen", () => {
      const port = /"port":(\d+)/.exec(this.output)?.[1];
      if (port === undefined && !this.isUp) throw new Error(`it has ended: ${this.output}`);
      return port === undefined ? undefined : Number(port);
    });
  }

  /** Resolves when it is gone. */
  async kill(signal: "SIGKILL" | "SIGTERM" = "SIGKILL"): Promise<void> {
    const { child } = this.#running;
    if (!this.isUp || child.pid === undefined) return;
    const gone = once(child, "exit");
    process.kill(-child.pid, signal);
    await gone;
  }
}
