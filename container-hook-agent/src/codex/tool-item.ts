import { listOf, numberOf, objectOf, textOf, type Fields } from "../conversation/fields.js";
import type { ToolOutcome, ToolReport } from "../conversation/tool-call.js";
import { textsOf } from "./answer.js";

/** A tool as the model called it, or as it was called by code that the model wrote. */
export interface NamedCall {
  readonly tool: string;
  readonly input: unknown;
}

/** The call in a `…_call` item of the model. */
export function callOf(item: Fields): NamedCall {
  const name = textOf(item.name) ?? String(item.type).replace(/_call$/, "");
  const namespace = textOf(item.namespace);
  const tool = namespace?.startsWith("mcp__") === true ? `${namespace}${name}` : name;
  if (typeof item.arguments === "string") return { tool, input: parsed(item.arguments) };
  return { tool, input: item.input ?? item.action };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The call that a finished item tells of by itself; undefined: it tells of none. */
export function callOfItem(item: Fields): NamedCall | undefined {
  switch (item.type) {
    case "CommandExecution":
      return { tool: "exec_command", input: { command: item.command, cwd: item.cwd } };
    case "FileChange":
      return { tool: "apply_patch", input: { changes: item.changes } };
    case "McpToolCall":
      return { tool: `mcp__${String(item.server)}__${String(item.tool)}`, input: item.arguments };
    case "WebSearch":
      return { tool: "web_search", input: { query: item.query } };
    default:
      return undefined;
  }
}

/** How a finished item says that its call ended. */
export function outcomeOfItem(item: Fields, durationMs: number): ToolOutcome {
  const output = outputOfItem(item);
  const status = item.status === "declined" ? "denied" : item.status === "failed" ? "failed" : "completed";
  if (status === "completed") return { status, output, durationMs };
  return { status, output, error: errorOf(item, status), durationMs };
}

function outputOfItem(item: Fields): unknown {
  switch (item.type) {
    case "CommandExecution":
      return { exitCode: item.exit_code, output: item.aggregated_output };
    case "FileChange":
      return { changes: changesIn(item), stdout: item.stdout, stderr: item.stderr };
    case "McpToolCall":
      return item.result ?? item.error;
    default: {
      const { type: _type, id: _id, status: _status, ...others } = item;
      return others;
    }
  }
}

/** Path and kind; what has changed is in the patch. A patch may also be the work of a command. */
function changesIn(item: Fields): Fields {
  const changes = Object.entries(objectOf(item.changes) ?? {});
  return Object.fromEntries(changes.map(([path, change]) => [path, objectOf(change)?.type]));
}

function errorOf(item: Fields, status: string): string {
  const exitCode = numberOf(item.exit_code);
  if (exitCode !== undefined) return exitOf(exitCode);
  const error = textOf(item.error) ?? textOf(objectOf(item.error)?.message) ?? textOf(item.stderr);
  return error ?? status;
}

const ABORTED = /(?:^|\n)aborted by user/;
/** It goes on after the answer to the call; its end is told by an item. */
const GOES_ON = /^Process running with session ID/m;
const EXITED = /^Process exited with code (-?\d+)$.*?^Output:\n(.*)/ms;
/** A patch that does not fit has no item. */
const REFUSED = "apply_patch verification failed";

/** How the answer to a call, as the model got it, says that it ended; undefined: it goes on. */
export function outcomeOfOutput(answer: unknown, durationMs: number): ToolOutcome | undefined {
  const text = typeof answer === "string" ? answer : textsOf(answer).join("\n");
  if (GOES_ON.test(text)) return undefined;
  if (ABORTED.test(text)) return { status: "interrupted", error: "aborted by user", durationMs };
  if (text.startsWith(REFUSED)) return { status: "failed", error: text, durationMs };
  const [, code, output] = EXITED.exec(text) ?? [];
  if (code === undefined) return { status: "completed", output: text, durationMs };
  const exitCode = Number(code);
  const ended = { output: { exitCode, output }, durationMs };
  return exitCode === 0
    ? { status: "completed", ...ended }
    : { status: "failed", ...ended, error: exitOf(exitCode) };
}

const exitOf = (code: number): string => `the command ended with exit code ${code}`;

const COMMANDS: ReadonlySet<string> = new Set(["exec_command", "shell", "shell_command", "local_shell"]);

/** The session counts files and agents by these types, so only a call that has done its work is of such a type. */
export function reportOf(tool: string, _input: unknown, { status, output }: ToolOutcome): ToolReport {
  const isDone = status === "completed";
  const said = output === undefined ? {} : { output };
  const changes = objectOf(objectOf(output)?.changes);
  if (changes !== undefined && isDone) {
    const isNew = Object.values(changes).every((kind) => kind === "add");
    return { type: isNew ? "file_write" : "file_edit", files: Object.keys(changes), ...said };
  }
  return { type: typeOf(tool, isDone, status !== "denied"), files: [], ...said };
}

function typeOf(tool: string, isDone: boolean, hasRun: boolean): string {
  if (tool === "spawn_agent" && isDone) return "task_spawn";
  if (COMMANDS.has(tool) && hasRun) return "bash_exec";
  return tool.startsWith("mcp__") && hasRun ? "mcp_call" : "tool_call";
}

export const idsOf = (value: unknown): string[] => listOf(value).flatMap((id) => textOf(id) ?? []);
