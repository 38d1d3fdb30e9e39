import { z } from "zod";
import { Action, Response, type JsonObject } from "session-protocol";
import type { Command } from "../domain/decide.js";
import { InvalidRequest } from "../domain/errors.js";
import type { ParsedBody } from "./parse.js";
import { summaryOf, zodIssues } from "./problem.js";

/**
 * The protocol's own fields without the others, which are kept as sent and need no copy: what zod returns is
 * not used, and an object that drops unknown keys is checked several times faster than one that keeps them.
 */
const ActionFields = z.object(Action.shape);
const ResponseFields = z.object(Response.shape);

/** @throws InvalidRequest with every offending path, under `prefix` where that is set */
export function check<T>(schema: z.ZodType<T>, value: unknown, prefix = ""): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = zodIssues(parsed.error, prefix);
  throw new InvalidRequest(summaryOf(issues), issues);
}

/** What every schema of an id takes but that of runs, which has one exception. */
const PLAIN_ID = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;
const MAX_PLAIN_CHARS = 128;

/** Whether the schema is sure to take the action, told at a tenth of what asking it costs. No: it has to be asked. */
export function isPlainAction({ type, id, agentId, runId, nodeId }: JsonObject): boolean {
  return (
    isPlainText(type) &&
    (id === undefined || isPlainText(id)) &&
    isPlainId(agentId) &&
    isPlainId(runId) &&
    runId !== "active" &&
    isPlainId(nodeId)
  );
}

function isPlainText(value: unknown): boolean {
  return typeof value === "string" && value.length > 0 && value.length <= MAX_PLAIN_CHARS;
}

/** Whether it is sure to be an id, or is absent. */
export function isPlainId(value: unknown): boolean {
  return value === undefined || (typeof value === "string" && PLAIN_ID.test(value));
}

/** An action to store. Its `id` becomes the event's, where the request does not give another. */
export function actionCommand(value: JsonObject, raw: string, id?: string): Command {
  if (!isPlainAction(value)) check(ActionFields, value);
  return entryCommand("action", value, raw, id);
}

/** A response to store; without a `type` it is a `text`. */
export function responseCommand(value: JsonObject, raw: string, id?: string): Command {
  check(ResponseFields, value);
  if (value.type !== undefined) return entryCommand("response", value, raw, id);
  return entryCommand("response", { type: "text", ...value }, withField("type", "text", value, raw), id);
}

/** A body with the id of what it is about, which the path gave, as its first field. */
export function about(name: string, id: string, { value: sent, raw: sentRaw }: ParsedBody): ParsedBody {
  const { [name]: replaced, ...value } = sent;
  const raw = replaced === undefined ? sentRaw : JSON.stringify(value);
  return { value: { [name]: id, ...value }, raw: withField(name, id, value, raw) };
}

/** `raw` with a field put first. The value has no such field yet. */
function withField(name: string, text: string, value: JsonObject, raw: string): string {
  const field = `{${JSON.stringify(name)}:${JSON.stringify(text)}`;
  return isEmpty(value) ? `${field}}` : `${field},${raw.slice(1)}`;
}

function isEmpty(value: JsonObject): boolean {
  for (const _ in value) return false;
  return true;
}

/** An `id` in the data that is not the event's is the sender's own and stays. */
function entryCommand(
  type: "action" | "response",
  value: JsonObject,
  raw: string,
  id: string | undefined,
): Command {
  if (value.id === undefined || (id !== undefined && id !== value.id)) return { type, id, data: value, raw };
  const { id: lifted, ...data } = value;
  return { type, id: lifted as string, data, raw: JSON.stringify(data) };
}
