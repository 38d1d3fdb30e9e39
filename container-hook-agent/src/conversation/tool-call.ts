import { objectOf } from "./fields.js";

export type ToolStatus = "completed" | "failed" | "denied" | "interrupted";

/** What became of a tool call. */
export interface ToolOutcome {
  readonly status: ToolStatus;
  readonly output?: unknown;
  readonly error?: string | undefined;
  readonly durationMs?: number | undefined;
}

/** What an action says of a call that has ended, by what its tool does. */
export interface ToolReport {
  readonly type: string;
  readonly output?: unknown;
  /** Made or changed. */
  readonly files: readonly string[];
}

const BRIEF_LENGTH = 500;

/** The input as a running step shows it; the action has it in full. */
export function briefOf(input: unknown): unknown {
  const fields = objectOf(input);
  return fields === undefined ? undefined : Object.fromEntries(Object.entries(fields).map(shorten));
}

function shorten([name, value]: [string, unknown]): [string, unknown] {
  const text = typeof value === "string" ? value : JSON.stringify(value ?? null);
  if (text.length <= BRIEF_LENGTH) return [name, value];
  return [name, `${text.slice(0, BRIEF_LENGTH)}…`];
}
