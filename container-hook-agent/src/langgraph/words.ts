import type { Fields } from "../recording.js";

/** How deep in a graph's state messages are looked for, and in how many objects. */
const MAX_DEPTH = 6;
const MAX_LOOKED_AT = 10_000;

/** What a message says, in the names LangChain has for it. */
const OF_A_MESSAGE = [
  "id",
  "name",
  "content",
  "tool_calls",
  "tool_call_id",
  "status",
  "usage_metadata",
  "response_metadata",
];

/** What a command to a graph says, or a packet for a node. */
const OF_AN_ORDER = ["graph", "update", "resume", "goto", "node", "args"];

/** The value with its messages as what they say, in place of what LangChain would build them from again. Never throws. */
export function readable(value: unknown): unknown {
  let left = MAX_LOOKED_AT;
  const read = (item: unknown, depth: number): unknown => {
    left -= 1;
    if (!isObject(item) || depth > MAX_DEPTH || left < 0) return item;
    if (isMessage(item)) return messageOf(item);
    if (Array.isArray(item)) return changed(item, (each) => read(each, depth + 1));
    if (item.lg_name !== undefined) return changed(pick(item, OF_AN_ORDER), (each) => read(each, depth + 1));
    return isPlain(item) ? changed(item, (each) => read(each, depth + 1)) : item;
  };
  try {
    return read(value, 0);
  } catch {
    // Such as a getter that throws: what is told of such values is decided elsewhere.
    return value;
  }
}

/** A model's answer in the words of the service. `model`: what the call was told of it. */
export function responseOf(generation: unknown, model: unknown): Fields {
  const { text, message } = fieldsOf(generation);
  if (!isObject(message)) return { content: text, model };
  const said = fieldsOf(message.response_metadata);
  const calls = Array.isArray(message.tool_calls) ? message.tool_calls.map(fieldsOf) : [];
  return {
    content: typeof message.text === "string" ? message.text : (text ?? message.content),
    model: said.model_name ?? said.model ?? model,
    ...(isObject(message.usage_metadata) && { usage: usageOf(message.usage_metadata) }),
    ...(calls.length > 0 && { toolCalls: calls.map(({ id, name, args }) => ({ id, name, args })) }),
  };
}

/** What a tool answered: itself, or in a message. */
export function toolOutput(output: unknown): Fields {
  if (!isObject(output) || !isMessage(output)) return { output: readable(output) };
  const { tool_call_id: toolUseId, status, content } = output;
  return {
    ...(toolUseId !== undefined && { toolUseId }),
    output: content,
    ...(status === "error" && { error: typeof content === "string" ? content : JSON.stringify(content) }),
  };
}

/** Tools are called with text, which most often is the JSON of their arguments. */
export function toolInput(text: unknown): unknown {
  if (typeof text !== "string" || !/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** LangChain counts what was cached as input as well; the service counts it apart. */
function usageOf(usage: Fields): Fields {
  const details = fieldsOf(usage.input_token_details);
  const [read, written] = [count(details.cache_read), count(details.cache_creation)];
  return {
    inputTokens: Math.max(0, count(usage.input_tokens) - read - written),
    outputTokens: count(usage.output_tokens),
    ...(read > 0 && { cacheReadTokens: read }),
    ...(written > 0 && { cacheWriteTokens: written }),
  };
}

function messageOf(message: Fields): Fields {
  const { getType, type } = message;
  const kind: unknown = typeof type === "string" ? type : (getType as () => unknown).call(message);
  const said = OF_A_MESSAGE.filter((name) => !isEmpty(message[name]));
  return { type: kind, ...pick(message, said) };
}

/** A copy of which `change` has been made, or the thing itself where that has changed nothing. */
function changed(item: Fields | unknown[], change: (each: unknown) => unknown): unknown {
  if (Array.isArray(item)) {
    const copy = item.map(change);
    return copy.every((each, i) => each === item[i]) ? item : copy;
  }
  const entries = Object.entries(item).map(([key, each]) => [key, change(each)] as const);
  return entries.every(([key, each]) => each === item[key]) ? item : Object.fromEntries(entries);
}

function pick(item: Fields, names: readonly string[]): Fields {
  return Object.fromEntries(names.filter((name) => name in item).map((name) => [name, item[name]]));
}

function isMessage(item: Fields): boolean {
  return typeof item.getType === "function" && "content" in item;
}

/** Nothing is told by it, though an empty content is told. */
function isEmpty(value: unknown): boolean {
  return value == null || (typeof value === "object" && Object.keys(value).length === 0);
}

function isPlain(item: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(item);
  return prototype === Object.prototype || prototype === null;
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null;
}

export function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {};
}

function count(value: unknown): number {
  return typeof value === "number" && value > 0 ? value : 0;
}
