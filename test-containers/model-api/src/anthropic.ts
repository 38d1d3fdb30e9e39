import { z } from "zod";
import type { Conversation, Refusal, Reply, Usage } from "./conversation.js";
import { piecesOf } from "./reply.js";

/** A block, of which only what can be read as text counts; the results of tools hold blocks of their own. */
const Block = z.looseObject({ text: z.string().optional(), content: z.unknown().optional() });
const Content = z.union([z.string(), z.array(Block)]);

const MessagesRequest = z.looseObject({
  model: z.string(),
  system: Content.optional(),
  messages: z.array(z.looseObject({ role: z.string(), content: Content })),
  stream: z.boolean().default(false),
});

export function parseMessages(body: unknown): Conversation {
  const { model, system, messages, stream } = MessagesRequest.parse(body);
  const said = messages.filter(({ role }) => role !== "system");
  const rules = messages.filter(({ role }) => role === "system");
  return {
    model,
    system: [textOf(system), ...rules.map(({ content }) => textOf(content))].join("\n"),
    messages: said.map(({ role, content }) => ({
      role: role === "assistant" ? "assistant" : "user",
      text: textOf(content),
    })),
    isStream: stream,
  };
}

function textOf(content: unknown): string {
  const parsed = Content.safeParse(content);
  if (!parsed.success) return "";
  if (typeof parsed.data === "string") return parsed.data;
  return parsed.data.map((block) => block.text ?? textOf(block.content)).join("\n");
}

export function messageOf({ id, model, text, tools, usage }: Reply) {
  return {
    id,
    type: "message",
    role: "assistant",
    model,
    content: [
      ...(text === undefined ? [] : [{ type: "text" as const, text }]),
      ...tools.map((tool) => ({ type: "tool_use" as const, ...tool })),
    ],
    stop_reason: tools.length > 0 ? "tool_use" : "end_turn",
    stop_sequence: null,
    usage: usageOf(usage),
  };
}

type Message = ReturnType<typeof messageOf>;

const usageOf = ({ input, output, cacheRead, cacheWrite }: Usage) => ({
  input_tokens: input,
  cache_creation_input_tokens: cacheWrite,
  cache_read_input_tokens: cacheRead,
  output_tokens: output,
});

/** The same message as the events of a stream. */
export function* messageEvents(reply: Reply): Generator<{ type: string }> {
  const message = messageOf(reply);
  const begun = { ...message, content: [], stop_reason: null, usage: { ...message.usage, output_tokens: 1 } };
  yield of("message_start", { message: begun });
  for (const [index, block] of message.content.entries()) yield* blockEvents(block, index);
  const { stop_reason, stop_sequence, usage } = message;
  yield of("message_delta", { delta: { stop_reason, stop_sequence }, usage });
  yield of("message_stop", {});
}

function* blockEvents(block: Message["content"][number], index: number): Generator<{ type: string }> {
  const isText = block.type === "text";
  yield of("content_block_start", {
    index,
    content_block: { ...block, ...(isText ? { text: "" } : { input: {} }) },
  });
  for (const piece of piecesOf(isText ? block.text : JSON.stringify(block.input))) {
    const delta = isText
      ? { type: "text_delta", text: piece }
      : { type: "input_json_delta", partial_json: piece };
    yield of("content_block_delta", { index, delta });
  }
  yield of("content_block_stop", { index });
}

const of = (type: string, fields: object): { type: string } => ({ type, ...fields });

export const anthropicError = ({ type, message }: Pick<Refusal, "type" | "message">) => ({
  type: "error",
  error: { type, message },
});
