import "container-hook-agent/langgraph";
import { logAction } from "container-hook-agent";
import { setTimeout as sleep } from "node:timers/promises";
import { given, parallel } from "./graphs.mjs";

/** What there is to stop a graph, by name. */
const WAYS = {
  abort: (stop) => ({ signal: stop.signal }),
  reason: (stop) => ({ signal: stop.signal }),
  timeout: () => ({ timeout: 50 }),
  failure: () => ({}),
};

const [, , way] = process.argv;
const stop = new AbortController();
// The timer of a graph's own timeout keeps no process alive, nor does the recorder.
const alive = setInterval(() => undefined, 1_000);
let goOn;
const goesOn = new Promise((resolve) => (goOn = resolve));

const slow = async () => {
  await sleep(5);
  if (way === "abort") stop.abort();
  if (way === "reason") stop.abort(new Error("the user left"));
  await goesOn;
  logAction({ type: "note", by: "slow" });
  return { notes: ["too late"] };
};
const work = way === "failure" ? { slow, failing: () => Promise.reject(new Error("no wind")) } : { slow };
const error = await parallel(work)
  .invoke(given(), WAYS[way](stop))
  .catch((reason) => reason);
// The branch that nobody waits for any more goes on.
goOn();
await sleep(20);
clearInterval(alive);
console.log(error.message);
