import { spawn, type ChildProcess } from "node:child_process";
import { constants } from "node:os";

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface RunningCommand {
  /** Undefined: it cannot be run. */
  readonly pid: number | undefined;
  readonly ended: Promise<Ended>;
  /** The last signal that was passed on. */
  readonly passedOn: () => NodeJS.Signals | undefined;
}

const PASSED_ON: readonly NodeJS.Signals[] = ["SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGINT"];

/** As shells answer for a command that is not there, and for one that cannot be run. */
const EXIT_NOT_FOUND = 127;
const EXIT_NOT_RUN = 126;

/** Runs a command with this process's own standard streams and environment, and passes signals on to it. */
export function startCommand(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  warn: (message: string) => void,
): RunningCommand {
  const child = spawn(command, args, { stdio: "inherit", env: { ...process.env, ...env } });
  let last: NodeJS.Signals | undefined;
  const stop = passOn(child, (signal) => (last = signal));
  const ended = new Promise<Ended>((resolve) => {
    child.once("error", (error: NodeJS.ErrnoException) => {
      warn(`${command} cannot be run: ${error.message}`);
      resolve({ code: error.code === "ENOENT" ? EXIT_NOT_FOUND : EXIT_NOT_RUN, signal: null });
    });
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  void ended.then(stop);
  return { pid: child.pid, ended, passedOn: () => last };
}

function passOn(child: ChildProcess, onSignal: (signal: NodeJS.Signals) => void): () => void {
  const listeners = PASSED_ON.map((signal) => {
    const listener = (): void => {
      onSignal(signal);
      // A terminal has sent it to the whole group; a second one would mean something else.
      if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
    };
    process.on(signal, listener);
    return [signal, listener] as const;
  });
  // Signals are still held off while the recording is brought to its end; only the second of a kind ends that.
  return () => {
    for (const [signal, listener] of listeners) {
      process.once(signal, () => undefined);
      process.off(signal, listener);
    }
  };
}

/** Ends this process as the command has ended. */
export function endAs({ code, signal }: Ended): void {
  if (signal === null) {
    process.exit(code ?? 1);
  }
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
  // The first process of a container is not ended by its own signal.
  setTimeout(() => process.exit(128 + signalNumber(signal)), 100);
}

const signalNumber = (signal: NodeJS.Signals): number => constants.signals[signal];
