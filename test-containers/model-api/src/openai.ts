import { z } from "zod";
import type { Conversation, Refusal, Reply, Usage } from "./conversation.js";
import { piecesOf } from "./reply.js";

const Content = z.union([z.string(), z.array(z.looseObject({ text: z.string().optional() })), z.null()]);

const CompletionRequest = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({ role: z.string(), content: Content.optional() })),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
});

const SYSTEM: ReadonlySet<string> = new Set(["system", "developer"]);

export function parseCompletion(body: unknown): Conversation {
  const { model, messages, stream } = CompletionRequest.parse(body);
  const texts = messages.map(({ role, content }) => ({ role, text: textOf(content) }));
  return {
    model,
    system: texts.flatMap(({ role, text }) => (SYSTEM.has(role) ? [text] : [])).join("\n"),
    messages: texts
      .filter(({ role }) => !SYSTEM.has(role))
      .map(({ role, text }) => ({ role: role === "assistant" ? "assistant" : "user", text })),
    isStream: stream === true,
  };
}

function textOf(content: z.infer<typeof Content> | undefined): string {
  if (typeof content === "string") return content;
  return (content ?? []).map(({ text }) => text ?? "").join("\n");
}

const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

export function completionOf(reply: Reply) {
  const { id, model, text, usage } = reply;
  const calls = callsOf(reply);
  const message = {
    role: "assistant",
    content: text ?? null,
    refusal: null,
    ...(calls.length > 0 && { tool_calls: calls }),
  };
  return {
    id: id.replace("msg", "chatcmpl"),
    object: "chat.completion",
    created: nowSeconds(),
    model,
    choices: [{ index: 0, message, logprobs: null, finish_reason: finishOf(reply) }],
    usage: usageOf(usage),
  };
}

const callsOf = ({ tools }: Reply) =>
  tools.map(({ id, name, input }) => ({
    id,
    type: "function",
    function: { name, arguments: JSON.stringify(input) },
  }));

const finishOf = ({ tools }: Reply): string => (tools.length > 0 ? "tool_calls" : "stop");

const usageOf = ({ input, output, cacheRead }: Usage) => ({
  prompt_tokens: input + cacheRead,
  completion_tokens: output,
  total_tokens: input + cacheRead + output,
  prompt_tokens_details: { cached_tokens: cacheRead },
});

/** The same completion as the chunks of a stream. */
export function* completionChunks(reply: Reply): Generator<object> {
  const about = {
    id: reply.id.replace("msg", "chatcmpl"),
    object: "chat.completion.chunk",
    created: nowSeconds(),
    model: reply.model,
  };
  const chunk = (delta: object, finish_reason: string | null = null): object => ({
    ...about,
    choices: [{ index: 0, delta, logprobs: null, finish_reason }],
  });
  yield chunk({ role: "assistant", content: "" });
  for (const content of piecesOf(reply.text ?? "")) yield chunk({ content });
  for (const [index, call] of callsOf(reply).entries()) yield chunk({ tool_calls: [{ index, ...call }] });
  yield chunk({}, finishOf(reply));
  yield { ...about, choices: [], usage: usageOf(reply.usage) };
}

export const openaiError = ({ type, message }: Pick<Refusal, "type" | "message">) => ({
  error: { message, type, param: null, code: null },
});
