import type { JsonObject } from "session-protocol";
import { visibleText } from "../ui/format.js";

const TOOL_USE = /^(?:tool_call|mcp_call|bash_exec|task_spawn|file_.*)$/s;

export function isToolUse(type: unknown): boolean {
  return typeof type === "string" && TOOL_USE.test(type);
}

/** A text under a name, or the value itself where it is one. */
export function textField(value: unknown, name: string): string | undefined {
  if (typeof value === "string") return value;
  if (typeof value !== "object" || value === null) return undefined;
  const field = (value as JsonObject)[name];
  return typeof field === "string" ? field : undefined;
}

const BRIEF_FIELDS = [
  "command",
  "file_path",
  "path",
  "pattern",
  "query",
  "url",
  "description",
  "prompt",
  "subject",
];
const BRIEF_CHARS = 160;

/** What a call was given, in one line. */
export function briefOf({ input, reason, outcome }: JsonObject): string {
  const given = input ?? reason ?? outcome;
  const telling = BRIEF_FIELDS.map((name) => textField(given, name)).find((text) => text !== undefined);
  const text = telling ?? (given === undefined ? "" : JSON.stringify(given));
  const line = text.split("\n", 1)[0] ?? "";
  return visibleText(line.length > BRIEF_CHARS ? `${line.slice(0, BRIEF_CHARS)}…` : line);
}

export interface Edit {
  readonly path: string;
  readonly before: string;
  readonly after: string;
}

/** The change a call made to a file, as far as its input tells. */
export function editOf({ type, input }: JsonObject): Edit | undefined {
  if (typeof input !== "object" || input === null) return undefined;
  const fields = input as JsonObject;
  const path = textField(fields.file_path ?? fields.path ?? fields.notebook_path, "");
  if (path === undefined) return undefined;
  if (type === "file_write" && typeof fields.content === "string") {
    return { path, before: "", after: fields.content };
  }
  const before = fields.old_string ?? fields.oldString;
  const after = fields.new_string ?? fields.newString;
  return typeof before === "string" && typeof after === "string" ? { path, before, after } : undefined;
}

/** Shown elsewhere in a row, or told by it. */
const SHOWN = new Set(["type", "tool", "status", "durationMs", "error", "agentId", "runId"]);

export function rest(data: JsonObject, except: readonly string[]): JsonObject {
  return Object.fromEntries(
    Object.entries(data).filter(([name]) => !SHOWN.has(name) && !except.includes(name)),
  );
}
