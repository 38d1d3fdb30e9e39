import { recorder } from "container-hook-agent/langgraph";
import { Command } from "@langchain/langgraph";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { setTimeout as sleep } from "node:timers/promises";
import { confirming, given, parallel } from "./graphs.mjs";

/** Graphs whose end LangGraph does not tell: nobody reads their stream when it comes. */
const stop = new AbortController();
const WAYS = {
  /** In the very tick the node begins in. */
  abort: async () => {
    const work = () => {
      stop.abort(new Error("the user left"));
      return new Promise(() => undefined);
    };
    await parallel({ work })
      .invoke(given(), { signal: stop.signal })
      .catch(() => undefined);
  },
  wait: async () => {
    const graph = confirming();
    const config = { streamMode: "updates", configurable: { thread_id: "t1" } };
    for await (const chunk of await graph.stream(given(), config)) if ("__interrupt__" in chunk) break;
    await graph.invoke(new Command({ resume: "yes" }), config);
  },
};

const [, , way, until] = process.argv;
await WAYS[way]();
if (until === "collected") {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc");
  for (let looks = 0; recorder.size > 0 && looks < 1_000; looks += 1) {
    collect();
    await sleep(10);
  }
}
console.log(recorder.size);
