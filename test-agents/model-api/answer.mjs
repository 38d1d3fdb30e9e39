import { randomUUID } from "node:crypto";

const newId = (kind) => `${kind}_${randomUUID().replaceAll("-", "")}`;

/** A message of the model, and its tokens: no two steps of a conversation have the same. */
export function messageOf({ text, tools = [] }, step, model) {
  const content = [
    ...(text === undefined ? [] : [{ type: "text", text }]),
    ...tools.map(({ name, input }) => ({ type: "tool_use", id: newId("toolu"), name, input })),
  ];
  return {
    id: newId("msg"),
    type: "message",
    role: "assistant",
    model,
    content,
    stop_reason: tools.length > 0 ? "tool_use" : "end_turn",
    stop_sequence: null,
    usage: {
      input_tokens: 100 + step,
      cache_creation_input_tokens: 20,
      cache_read_input_tokens: 1000,
      output_tokens: 10 + content.length,
    },
  };
}

/** The same message as the events of a stream. */
export function* eventsOf(message) {
  const begun = { ...message, content: [], stop_reason: null, usage: { ...message.usage, output_tokens: 1 } };
  yield { type: "message_start", message: begun };
  for (const [index, block] of message.content.entries()) yield* blockEvents(block, index);
  const { stop_reason, stop_sequence, usage } = message;
  yield { type: "message_delta", delta: { stop_reason, stop_sequence }, usage };
  yield { type: "message_stop" };
}

function* blockEvents(block, index) {
  const isText = block.type === "text";
  yield {
    type: "content_block_start",
    index,
    content_block: { ...block, ...(isText ? { text: "" } : { input: {} }) },
  };
  const delta = isText
    ? { type: "text_delta", text: block.text }
    : { type: "input_json_delta", partial_json: JSON.stringify(block.input) };
  yield { type: "content_block_delta", index, delta };
  yield { type: "content_block_stop", index };
}
