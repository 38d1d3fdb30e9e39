import { recorder } from "container-hook-agent/langgraph";
import { CallbackManager } from "@langchain/core/callbacks/manager";
import { flaky, given } from "./graphs.mjs";

/** What LangChain begins and of which nothing tells an end. */
const begin = (manager, name) =>
  manager.handleChainStart({}, {}, undefined, undefined, undefined, undefined, name);
const graph = await begin(CallbackManager.configure(undefined, undefined, ["lost"]), "lost");
for (let i = 0; i < 15_000; i += 1) await begin(graph.getChild(), "inside");
await graph.handleChainEnd({});
const { size } = recorder;
await flaky().invoke(given());
console.log(JSON.stringify({ isBounded: size === 10_000, isLeaking: recorder.size > size }));
