import { expect } from "vitest";
import type { HookAgent, HookAgentOptions } from "../../src/index.js";
import { agent, freePort } from "./agents.js";

export const numbers = (count: number, from = 0): number[] =>
  Array.from({ length: count }, (_, i) => from + i);

export function record(hook: HookAgent, count: number, from = 0): void {
  for (const i of numbers(count, from)) hook.logAction({ type: "note", i });
}

export const away = async (): Promise<string> => `http://127.0.0.1:${await freePort()}`;

/** An agent that keeps on disk what it cannot send. */
export function keeping(
  folder: string,
  options: HookAgentOptions,
  maxBytes = 64 * 1024 * 1024,
): ReturnType<typeof agent> {
  return agent({ spool: { folder, maxBytes }, ...options });
}

/** Waits until so many events are on disk and none is in memory any more. */
export const onDisk = (hook: HookAgent, spooled: number): Promise<void> =>
  expect.poll(() => hook.flush(50)).toMatchObject({ sent: 0, pending: 0, spooled });
