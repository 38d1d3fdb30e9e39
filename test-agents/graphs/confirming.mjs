import "container-hook-agent/langgraph";
import { flush } from "container-hook-agent";
import { Command } from "@langchain/langgraph";
import { once } from "node:events";
import { confirming, given } from "./graphs.mjs";

const graph = confirming();
const thread = { configurable: { thread_id: "t1" } };
const { __interrupt__: interrupts } = await graph.invoke(given(), thread);
await flush(60_000);
console.log(JSON.stringify(interrupts.map(({ value }) => value)));
// Until its reader has seen the graph wait.
const [answer] = await once(process.stdin.setEncoding("utf8"), "data");
const goesOn = answer.trim() !== "anew";
const { notes } = await graph.invoke(goesOn ? new Command({ resume: answer.trim() }) : given(), thread);
console.log(JSON.stringify(notes));
process.stdin.destroy();
