/** Graphs as people write them, with a model that answers what it is told to. Nothing here knows that it is recorded. */
import { BaseChatModel } from "@langchain/core/language_models/chat_models";
import { AIMessage, AIMessageChunk, HumanMessage } from "@langchain/core/messages";
import { ChatGenerationChunk } from "@langchain/core/outputs";
import { tool } from "@langchain/core/tools";
import {
  Annotation,
  Command,
  END,
  interrupt,
  MemorySaver,
  MessagesAnnotation,
  START,
  StateGraph,
} from "@langchain/langgraph";
import { ToolNode } from "@langchain/langgraph/prebuilt";

export const SPECIALISTS = ["weather", "hotels", "flights"];

const usage_metadata = {
  input_tokens: 10,
  output_tokens: 4,
  total_tokens: 14,
  input_token_details: { cache_read: 3 },
};
const response_metadata = { model_name: "scripted" };

class ScriptedModel extends BaseChatModel {
  answer;

  constructor(answer) {
    super({});
    this.answer = answer;
  }

  _llmType() {
    return "scripted";
  }

  async _generate() {
    if (this.answer instanceof Error) throw this.answer;
    const { text } = this.answer;
    return { generations: [{ text, message: this.answer }] };
  }

  /** Word for word, and what was used at the end. */
  async *_streamResponseChunks(_messages, _options, run) {
    const words = this.answer.text.split(/(?<= )/);
    for (const [i, text] of words.entries()) {
      const isLast = i === words.length - 1;
      const message = new AIMessageChunk({
        content: text,
        ...(isLast && { usage_metadata, response_metadata }),
      });
      yield new ChatGenerationChunk({ text, message });
      await run?.handleLLMNewToken(text);
    }
  }
}

export function model(answer) {
  if (typeof answer !== "string") return new ScriptedModel(answer);
  return new ScriptedModel(new AIMessage({ content: answer, usage_metadata, response_metadata }));
}

export const State = Annotation.Root({
  messages: MessagesAnnotation.spec.messages,
  notes: Annotation({ reducer: (all, more) => [...new Set([...all, ...more])], default: () => [] }),
});

export const given = () => ({ messages: [new HumanMessage({ content: "plan it" })], notes: [] });

function specialist(name, note) {
  return new StateGraph(State)
    .addNode("ask", async ({ messages }) => {
      note(name);
      return { messages: [await model(`${name} is fine`).invoke(messages)], notes: [name] };
    })
    .addEdge(START, "ask")
    .compile({ name: `${name} specialist` });
}

/** A governor that sends three specialists, one after the other. */
export function governor(note = () => undefined) {
  const graph = new StateGraph(State).addNode(
    "governor",
    async ({ messages, notes }) => {
      const left = SPECIALISTS.filter((name) => !notes.includes(name));
      const decision = await model(`${left.length} left`).invoke(messages);
      return new Command({ goto: left[0] ?? END, update: { messages: [decision] } });
    },
    { ends: [...SPECIALISTS, END] },
  );
  for (const name of SPECIALISTS) graph.addNode(name, specialist(name, note)).addEdge(name, "governor");
  return graph.addEdge(START, "governor").compile({ name: "travel" });
}

const search = tool(
  async ({ query }) => {
    if (query === "bad") throw new Error("the index is gone");
    return `found ${query}`;
  },
  {
    name: "search",
    description: "Searches.",
    schema: { type: "object", properties: { query: { type: "string" } } },
  },
);

/** One call that works and one that fails; `handles`: whether the model is told, or the graph fails. */
export function tools(handles) {
  const tool_calls = ["good", "bad"].map((query) => ({
    name: "search",
    args: { query },
    id: `call-${query}`,
  }));
  const answer = new AIMessage({ content: "", tool_calls, usage_metadata, response_metadata });
  return new StateGraph(State)
    .addNode("decide", async ({ messages }) => ({ messages: [await model(answer).invoke(messages)] }))
    .addNode("tools", new ToolNode([search], { handleToolErrors: handles }))
    .addEdge(START, "decide")
    .addEdge("decide", "tools")
    .compile({ name: "tools" });
}

/** Asks a human in a graph inside the graph. */
export function confirming() {
  const inner = new StateGraph(State)
    .addNode("human", async () => ({ notes: [interrupt({ question: "book it?" })] }))
    .addEdge(START, "human")
    .compile();
  return new StateGraph(State)
    .addNode("confirm", inner)
    .addNode("after", async () => ({ notes: ["done"] }))
    .addEdge(START, "confirm")
    .addEdge("confirm", "after")
    .compile({ name: "trip", checkpointer: new MemorySaver() });
}

/** Fails at its first attempt. */
export function flaky() {
  let attempts = 0;
  const work = async () => {
    attempts += 1;
    if (attempts === 1) throw new Error("reset");
    return { notes: ["well"] };
  };
  const retryPolicy = { maxAttempts: 3, initialInterval: 1, jitter: false, logWarning: false };
  return new StateGraph(State)
    .addNode("flaky", work, { retryPolicy })
    .addEdge(START, "flaky")
    .compile({ name: "flaky" });
}

/** All of `work` at once, each a node of its name. */
export function parallel(work, name = "parallel") {
  const graph = new StateGraph(State);
  for (const [node, call] of Object.entries(work)) graph.addNode(node, call).addEdge(START, node);
  return graph.compile({ name });
}
