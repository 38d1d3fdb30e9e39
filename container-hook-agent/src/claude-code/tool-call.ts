import { objectOf, type Fields } from "../conversation/fields.js";
import type { ToolOutcome, ToolReport } from "../conversation/tool-call.js";

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
function actionType(tool: string, { status }: ToolOutcome): string {
  const type = tool.startsWith("mcp__") ? "mcp_call" : (TYPES[tool] ?? "tool_call");
  if (status === "completed") return type;
  const hasRun = status !== "denied" && (type === "bash_exec" || type === "mcp_call");
  return hasRun ? type : "tool_call";
}

/** A tool's answer without what its input says already. */
function outputOf(tool: string, response: unknown): unknown {
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

/** Files a completed call has made or changed. */
function fileChanged(tool: string, input: Fields | undefined): string | undefined {
  const path = input?.file_path ?? input?.notebook_path;
  const type = TYPES[tool];
  return (type === "file_write" || type === "file_edit") && typeof path === "string" ? path : undefined;
}

export function reportOf(tool: string, input: unknown, outcome: ToolOutcome): ToolReport {
  const file = outcome.status === "completed" ? fileChanged(tool, objectOf(input)) : undefined;
  return {
    type: actionType(tool, outcome),
    ...(outcome.output !== undefined && { output: outputOf(tool, outcome.output) }),
    files: file === undefined ? [] : [file],
  };
}
