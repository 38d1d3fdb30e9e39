import { anthropicError, messageEvents, messageOf, parseMessages } from "./anthropic.js";
import type { Conversation, Refusal, Reply } from "./conversation.js";
import { contentChunks, contentOf, GEMINI_PATH, geminiError, parseContents } from "./gemini.js";
import { completionChunks, completionOf, openaiError, parseCompletion } from "./openai.js";
import { parseResponses, responseEvents, responseOf } from "./responses.js";

/** How one API is spoken. */
export interface Dialect {
  readonly parse: (body: unknown) => Conversation;
  readonly whole: (reply: Reply) => object;
  /** As the text of server-sent events. */
  readonly stream: (reply: Reply) => Iterable<string>;
  readonly error: (refusal: Pick<Refusal, "status" | "type" | "message">) => object;
}

const DIALECTS: ReadonlyMap<string, Dialect> = new Map([
  ["/v1/messages", { parse: parseMessages, whole: messageOf, stream: messageStream, error: anthropicError }],
  ["/v1/responses", { parse: parseResponses, whole: responseOf, stream: responseStream, error: openaiError }],
  [
    "/v1/chat/completions",
    { parse: parseCompletion, whole: completionOf, stream: completionStream, error: openaiError },
  ],
]);

/** Undefined: nobody speaks that. */
export const dialectAt = (path: string): Dialect | undefined => DIALECTS.get(path) ?? geminiAt(path);

function geminiAt(path: string): Dialect | undefined {
  const [, model, method] = GEMINI_PATH.exec(path) ?? [];
  if (model === undefined) return undefined;
  const isStream = method === "streamGenerateContent";
  return {
    parse: (body) => parseContents(model, isStream, body),
    whole: contentOf,
    stream: contentStream,
    error: geminiError,
  };
}

const named = (event: { type: string }): string => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

function* messageStream(reply: Reply): Generator<string> {
  for (const event of messageEvents(reply)) yield named(event);
}

function* responseStream(reply: Reply): Generator<string> {
  for (const event of responseEvents(reply)) yield named(event);
}

function* contentStream(reply: Reply): Generator<string> {
  for (const chunk of contentChunks(reply)) yield `data: ${JSON.stringify(chunk)}\n\n`;
}

function* completionStream(reply: Reply): Generator<string> {
  for (const chunk of completionChunks(reply)) yield `data: ${JSON.stringify(chunk)}\n\n`;
  yield "data: [DONE]\n\n";
}
