import { anthropicError, messageEvents, messageOf, parseMessages } from "./anthropic.js";
import type { Conversation, Refusal, Reply } from "./conversation.js";
import { completionChunks, completionOf, openaiError, parseCompletion } from "./openai.js";

/** How one API is spoken. */
export interface Dialect {
  readonly parse: (body: unknown) => Conversation;
  readonly whole: (reply: Reply) => object;
  /** As the text of server-sent events. */
  readonly stream: (reply: Reply) => Iterable<string>;
  readonly error: (refusal: Pick<Refusal, "type" | "message">) => object;
}

export const DIALECTS: ReadonlyMap<string, Dialect> = new Map([
  ["/v1/messages", { parse: parseMessages, whole: messageOf, stream: messageStream, error: anthropicError }],
  [
    "/v1/chat/completions",
    { parse: parseCompletion, whole: completionOf, stream: completionStream, error: openaiError },
  ],
]);

function* messageStream(reply: Reply): Generator<string> {
  for (const event of messageEvents(reply)) yield `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}

function* completionStream(reply: Reply): Generator<string> {
  for (const chunk of completionChunks(reply)) yield `data: ${JSON.stringify(chunk)}\n\n`;
  yield "data: [DONE]\n\n";
}
