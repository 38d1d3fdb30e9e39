import { recorder } from "container-hook-agent/langgraph";
import { flush } from "container-hook-agent";
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
// Its natural end would be that of all these graphs as well, and a process has not much time for that.
await flush(60_000);
process.exit();
