import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface Adapter {
  readonly language: string;
  readonly command: readonly string[];
}

export interface AdapterEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** What came back for a call. */
export type CallResult = { readonly answer: unknown } | { readonly error: { readonly name: string } };

export interface AdapterProcess {
  call(call: string, given: object): Promise<CallResult>;
  /** Sends without waiting for an answer. */
  tell(call: string, given: object): void;
  endInput(): void;
  signal(name: NodeJS.Signals): void;
  readonly ended: Promise<AdapterEnd>;
}

/** A process of a language's adapter, spoken to in lines of JSON. */
export function startAdapter(adapter: Adapter, folder: string, env: NodeJS.ProcessEnv): AdapterProcess {
  const [program, ...given] = adapter.command as [string, ...string[]];
  const child = spawn(program, given, {
    cwd: folder,
    env: { PATH: process.env.PATH, ...env },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const waiting = new Map<number, (result: CallResult) => void>();
  let last = 0;
  createInterface({ input: child.stdout }).on("line", (line) => {
    const { id, ...result } = JSON.parse(line) as { id: number } & CallResult;
    waiting.get(id)?.(result);
    waiting.delete(id);
  });
  child.stdin.on("error", () => undefined);
  const send = (call: string, more: object): number => {
    last += 1;
    child.stdin.write(`${JSON.stringify({ id: last, call, ...more })}\n`);
    return last;
  };
  const ended = new Promise<AdapterEnd>((resolve) => {
    child.on("close", (code, signal) => {
      for (const tell of waiting.values()) tell({ error: { name: "the process has ended" } });
      resolve({ code, signal });
    });
  });
  return {
    call: (call, more) =>
      new Promise((resolve) => {
        waiting.set(send(call, more), resolve);
      }),
    tell: (call, more) => void send(call, more),
    endInput: () => child.stdin.end(),
    signal: (name) => void child.kill(name),
    ended,
  };
}
