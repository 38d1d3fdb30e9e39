import { randomUUID } from "node:crypto";
import { z } from "zod";
import type { Conversation, Message, Reply, ToolUse, Usage } from "./conversation.js";
import { piecesOf } from "./reply.js";

/** What one agent tells another is not readable for anybody else. */
const Part = z.looseObject({ text: z.string().optional(), encrypted_content: z.string().optional() });
const Content = z.union([z.string(), z.array(Part)]).nullish();

const Item = z.looseObject({
  type: z.string().default("message"),
  role: z.string().optional(),
  content: Content,
  output: Content,
});

const ResponsesRequest = z.looseObject({
  model: z.string(),
  instructions: z.string().nullish(),
  input: z.union([
    z.string().transform((text) => [Item.parse({ role: "user", content: text })]),
    z.array(Item),
  ]),
  stream: z.boolean().nullish(),
});

const SYSTEM: ReadonlySet<string | undefined> = new Set(["system", "developer"]);

/** OpenAI's responses. What the model says in one turn is several items there. */
export function parseResponses(body: unknown): Conversation {
  const { model, instructions, input, stream } = ResponsesRequest.parse(body);
  const rules = input.filter(({ role }) => SYSTEM.has(role));
  const said = input.filter(({ role }) => !SYSTEM.has(role));
  return {
    model,
    system: [instructions ?? "", ...rules.map(({ content }) => textOf(content))].join("\n"),
    messages: said.reduce<Message[]>(withItem, []),
    isStream: stream === true,
  };
}

function withItem(messages: Message[], { type, role, content, output }: z.infer<typeof Item>): Message[] {
  const isModel = role === "assistant" || type === "reasoning" || type.endsWith("_call");
  const message: Message = { role: isModel ? "assistant" : "user", text: textOf(content ?? output) };
  const last = messages.at(-1);
  if (!isModel || last?.role !== "assistant") return [...messages, message];
  return [...messages.slice(0, -1), { role: "assistant", text: `${last.text}\n${message.text}` }];
}

function textOf(content: z.infer<typeof Content>): string {
  if (typeof content === "string") return content;
  return (content ?? []).map(({ text, encrypted_content: secret }) => text ?? secret ?? "").join("\n");
}

export const responseOf = (reply: Reply) => ({
  id: idOf(reply),
  object: "response",
  created_at: Math.floor(Date.now() / 1_000),
  model: reply.model,
  status: "completed",
  error: null,
  output: itemsOf(reply),
  usage: usageOf(reply.usage),
});

const idOf = ({ id }: Reply): string => id.replace("msg", "resp");

const newId = (kind: string): string => `${kind}_${randomUUID().replaceAll("-", "")}`;

function itemsOf({ id, thinking, text, tools }: Reply) {
  const reasoning = thinking && {
    type: "reasoning",
    id: id.replace("msg", "rs"),
    summary: [{ type: "summary_text", text: thinking }],
  };
  const message = text !== undefined && {
    type: "message",
    id,
    role: "assistant",
    status: "completed",
    content: [{ type: "output_text", text, annotations: [] }],
  };
  return [reasoning, message, ...tools.map(callOf)].filter((item) => typeof item === "object");
}

/** A tool that takes text is called another way than one that takes an object. */
function callOf({ id, name, namespace, input }: ToolUse) {
  const call = {
    call_id: id.replace("toolu", "call"),
    name,
    ...(namespace !== undefined && { namespace }),
    status: "completed",
  };
  return typeof input === "string"
    ? { type: "custom_tool_call", id: newId("ctc"), ...call, input }
    : { type: "function_call", id: newId("fc"), ...call, arguments: JSON.stringify(input) };
}

const usageOf = ({ input, output, cacheRead, cacheWrite }: Usage) => ({
  input_tokens: input + cacheRead + cacheWrite,
  input_tokens_details: { cached_tokens: cacheRead },
  output_tokens: output,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: input + cacheRead + cacheWrite + output,
});

/** The same response as the events of a stream. */
export function* responseEvents(reply: Reply): Generator<{ type: string }> {
  const response = responseOf(reply);
  let sequence_number = 0;
  const event = (type: string, fields: object) => ({
    type,
    sequence_number: (sequence_number += 1),
    ...fields,
  });
  const begun = { ...response, status: "in_progress", output: [], usage: null };
  yield event("response.created", { response: begun });
  for (const [output_index, item] of response.output.entries()) {
    yield event("response.output_item.added", { output_index, item: { ...item, status: "in_progress" } });
    if (item.type === "message") {
      const about = { item_id: item.id, output_index, content_index: 0 };
      for (const delta of piecesOf(reply.text ?? ""))
        yield event("response.output_text.delta", { ...about, delta });
    }
    yield event("response.output_item.done", { output_index, item });
  }
  yield event("response.completed", { response });
}
