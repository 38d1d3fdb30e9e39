import { objectOf, type Fields } from "./hook-event.js";

export type ToolStatus = "completed" | "failed" | "denied" | "interrupted";

/** What became of a tool call. */
export interface ToolOutcome {
  readonly status: ToolStatus;
  readonly output?: unknown;
  readonly error?: string | undefined;
  readonly durationMs?: number | undefined;
}

const TYPES: Readonly<Record<string, string>> = {
  Bash: "bash_exec",
  Write: "file_write",
  Edit: "file_edit",
  MultiEdit: "file_edit",
  NotebookEdit: "file_edit",
  Agent: "task_spawn",
  Task: "task_spawn",
};

/** The session counts files and agents by these types, so only a call that has done its work is of such a type. */
export function actionType(tool: string, { status }: ToolOutcome): string {
  const type = tool.startsWith("mcp__") ? "mcp_call" : (TYPES[tool] ?? "tool_call");
  if (status === "completed") return type;
  const hasRun = status !== "denied" && (type === "bash_exec" || type === "mcp_call");
  return hasRun ? type : "tool_call";
}

/** A tool's answer without what its input says already. */
export function outputOf(tool: string, response: unknown): unknown {
  const fields = objectOf(response);
  if (fields === undefined) return response;
  const repeated = REPEATED[tool];
  if (repeated === undefined) return response;
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !repeated.has(name)));
}

const FILE = new Set(["content", "originalFile", "oldString", "newString"]);
const AGENT = new Set(["prompt"]);
const REPEATED: Readonly<Record<string, ReadonlySet<string>>> = {
  Write: FILE,
  Edit: FILE,
  MultiEdit: FILE,
  NotebookEdit: FILE,
  Agent: AGENT,
  Task: AGENT,
};

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

/** Files a completed call has made or changed. */
export function fileChanged(tool: string, input: Fields | undefined): string | undefined {
  const path = input?.file_path ?? input?.notebook_path;
  const type = TYPES[tool];
  return (type === "file_write" || type === "file_edit") && typeof path === "string" ? path : undefined;
}
