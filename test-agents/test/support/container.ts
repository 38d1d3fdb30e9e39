import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished } from "vitest";

const CLI = fileURLToPath(new URL("../../../container-hook-agent/bin/hook-agent.mjs", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** From its last output to its end. */
  readonly lingeredMs: number;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** A container as far as an agent can tell: a home and a workspace, both empty and gone after the test. */
export class Container {
  readonly folder = mkdtempSync(join(tmpdir(), "real-agent-"));
  readonly home = join(this.folder, "home");
  workspace = join(this.folder, "workspace");
  readonly env: NodeJS.ProcessEnv;

  constructor(envOf: (home: string) => NodeJS.ProcessEnv) {
    mkdirSync(this.home);
    mkdirSync(this.workspace);
    writeFileSync(join(this.workspace, "README.md"), "# A workspace\n");
    onTestFinished(() => this.remove());
    this.env = {
      PATH: process.env.PATH,
      HOME: this.home,
      SESSION_USER_ID: "me",
      SESSION_SPOOL_DIR: join(this.folder, "spool"),
      ...envOf(this.home),
    };
  }

  /** Works in a folder of the workspace from now on. */
  moveTo(name: string): void {
    this.workspace = join(this.workspace, name);
    mkdirSync(this.workspace, { recursive: true });
  }

  /** The container is gone, with all that was in it. */
  remove(): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  hookAgent(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    return this.start(process.execPath, [CLI, ...args], env);
  }

  start(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
    let saidMs = performance.now();
    const child = spawn(command, args, {
      cwd: this.workspace,
      env: { ...this.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 200_000,
      killSignal: "SIGKILL",
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      saidMs = performance.now();
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const ended = new Promise<Ended>((resolve) => {
      child.on("close", (code, signal) => {
        resolve({ code, signal, stdout, stderr, lingeredMs: performance.now() - saidMs });
      });
    });
    return { child, ended };
  }

  /** Resolves once a file of the workspace is there. */
  async untilThere(name: string): Promise<void> {
    const file = join(this.workspace, name);
    for (let looks = 0; !existsSync(file); looks += 1) {
      if (looks > 1_200) throw new Error(`${name} was never made`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** The first process that a process has started. */
export function childOf(pid: number | undefined): number {
  const [child] = readFileSync(`/proc/${pid ?? 0}/task/${pid ?? 0}/children`, "utf8").split(" ");
  return Number(child);
}
