import { LangGraphRecorder } from "container-hook-agent/langgraph";
import * as hookAgent from "container-hook-agent";
import { Command } from "@langchain/langgraph";
import { confirming, given } from "./graphs.mjs";

/** A recorder that has not seen the other's graph wait is as good as one of another process. */
const graph = confirming();
const config = () => ({
  callbacks: [new LangGraphRecorder(hookAgent)],
  configurable: { thread_id: "t1" },
});
await graph.invoke(given(), config());
console.log(JSON.stringify((await graph.invoke(new Command({ resume: "yes" }), config())).notes));
