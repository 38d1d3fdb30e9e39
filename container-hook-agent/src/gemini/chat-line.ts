import type { Response } from "session-protocol";
import { numberOf, objectOf, objectsOf, parseObject, textOf, type Fields } from "../conversation/fields.js";
import { idPart } from "../record-calls.js";

/** A message in the file in which Gemini CLI keeps a chat. A later line with the same id replaces it. */
export interface ChatMessage {
  readonly id: string;
  readonly atMs: number;
  readonly type: string;
  readonly text: string;
  /** Those that have ended: they are written then, all calls of an answer together. */
  readonly toolCalls: readonly Fields[];
  readonly fields: Fields;
}

/** Undefined: it is no message. */
export function parseChatLine(line: string): ChatMessage | undefined {
  const fields = parseObject(line);
  const id = textOf(fields?.id);
  const type = textOf(fields?.type);
  const atMs = Date.parse(textOf(fields?.timestamp) ?? "");
  if (fields === undefined || id === undefined || type === undefined || Number.isNaN(atMs)) return undefined;
  return { id, atMs, type, text: textIn(fields.content), toolCalls: objectsOf(fields.toolCalls), fields };
}

function textIn(content: unknown): string {
  if (typeof content === "string") return content;
  return objectsOf(content)
    .flatMap(({ text }) => textOf(text) ?? [])
    .join("\n");
}

/** An answer of the model. */
export function responseOf({ id, atMs, text, fields }: ChatMessage, toolUseIds: readonly string[]): Response {
  const thinking = objectsOf(fields.thoughts).flatMap(({ subject, description }) => {
    const parts = [textOf(subject), textOf(description)].filter((part) => part !== undefined);
    return parts.length === 0 ? [] : parts.join(": ");
  });
  const model = textOf(fields.model);
  const tokens = objectOf(fields.tokens);
  return {
    type: text === "" ? "tool_use" : "text",
    id: `gemini-${idPart(id)}`,
    content: text,
    ...(thinking.length > 0 && { thinking: thinking.join("\n") }),
    ...(toolUseIds.length > 0 && { toolUseIds }),
    ...(model !== undefined && { model }),
    ...(tokens !== undefined && { usage: usageOf(tokens) }),
    timestamp: new Date(atMs).toISOString(),
  };
}

/** What came from the cache is counted among the input, and thoughts beside the output. */
function usageOf(tokens: Fields): NonNullable<Response["usage"]> {
  const count = (name: string): number => numberOf(tokens[name]) ?? 0;
  return {
    inputTokens: Math.max(0, count("input") - count("cached")) + count("tool"),
    outputTokens: count("output") + count("thoughts"),
    cacheReadTokens: count("cached"),
  };
}
