import { objectOf, objectsOf, parseObject, textOf, type Fields } from "../conversation/fields.js";
import type { ToolOutcome } from "../conversation/tool-call.js";

/** A part of an answer of the model: one message comes as several lines. */
export interface MessageLine {
  readonly kind: "message";
  readonly messageId: string;
  readonly requestId: string | undefined;
  readonly timestamp: string | undefined;
  readonly model: string | undefined;
  readonly stopReason: string | undefined;
  readonly usage: Fields | undefined;
  readonly blocks: readonly Fields[];
}

export interface ResultLine {
  readonly kind: "result";
  readonly timestamp: string | undefined;
  readonly results: readonly { readonly toolUseId: string; readonly outcome: ToolOutcome }[];
}

/** Who sat before it, or a signal, has cut the turn off. */
export interface InterruptionLine {
  readonly kind: "interruption";
  readonly timestamp: string | undefined;
  readonly text: string;
}

export type TranscriptLine = MessageLine | ResultLine | InterruptionLine;

/** What Claude Code has the user say then. */
const INTERRUPTION = /^\[Request interrupted by user\b.*\]$/;
/** Most of a transcript's bytes are whole prompts and the like, which a look at the text tells. */
const INTERESTING = /"type":"(?:assistant|tool_result)"|\[Request interrupted by user/;
const SKIPPED = /^\{"type":"(?:prompt_snapshot|api-request)/;

/** Undefined: it says nothing that is recorded. */
export function parseTranscriptLine(line: string): TranscriptLine | undefined {
  if (!INTERESTING.test(line) || SKIPPED.test(line)) return undefined;
  const fields = parseObject(line);
  if (fields?.type === "assistant") return messageOf(fields);
  if (fields?.type === "user") return interruptionOf(fields) ?? resultsOf(fields);
  return undefined;
}

function interruptionOf(fields: Fields): InterruptionLine | undefined {
  const text = plainText(objectOf(fields.message)?.content);
  if (!INTERRUPTION.test(text)) return undefined;
  return { kind: "interruption", timestamp: textOf(fields.timestamp), text };
}

function messageOf(fields: Fields): MessageLine | undefined {
  const message = objectOf(fields.message);
  const messageId = textOf(message?.id);
  // What Claude Code itself puts into the model's mouth, such as an API error.
  if (message === undefined || messageId === undefined || message.model === "<synthetic>") return undefined;
  return {
    kind: "message",
    messageId,
    requestId: textOf(fields.requestId),
    timestamp: textOf(fields.timestamp),
    model: textOf(message.model),
    stopReason: textOf(message.stop_reason),
    usage: objectOf(message.usage),
    blocks: objectsOf(message.content),
  };
}

function resultsOf(fields: Fields): ResultLine {
  const content = objectsOf(objectOf(fields.message)?.content);
  const isDenied = objectOf(fields.permissionDecision)?.decision === "reject";
  const results = content.flatMap((block) => {
    const toolUseId = textOf(block.tool_use_id);
    return toolUseId === undefined ? [] : [{ toolUseId, outcome: outcomeOf(block, fields, isDenied) }];
  });
  return { kind: "result", timestamp: textOf(fields.timestamp), results };
}

function outcomeOf(block: Fields, line: Fields, isDenied: boolean): ToolOutcome {
  const text = plainText(block.content);
  if (isDenied) return { status: "denied", error: text };
  if (block.is_error === true) return { status: "failed", error: text };
  return { status: "completed", output: line.toolUseResult ?? text };
}

export function plainText(content: unknown): string {
  if (typeof content === "string") return content;
  return objectsOf(content)
    .flatMap(({ text }) => textOf(text) ?? [])
    .join("\n");
}
