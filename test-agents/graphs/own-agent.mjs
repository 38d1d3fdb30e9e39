import { createHookAgent } from "container-hook-agent";
import { LangGraphRecorder, recorder, recordWith } from "container-hook-agent/langgraph";
import { flaky, given } from "./graphs.mjs";

const agentOf = (sessionId) => createHookAgent({ sessionId });
const [given1, given2] = process.argv.slice(2).map(agentOf);

// For one graph only, and for one call; once, although it is named twice.
const one = new LangGraphRecorder(given1);
await flaky()
  .withConfig({ callbacks: [one] })
  .invoke(given(), { callbacks: [one] });
// For all others.
recordWith(given2);
await flaky().invoke(given());
await flaky().invoke(given(), { callbacks: [recorder] });
for (const agent of [given1, given2]) await agent.close();
console.log(recorder.size, one.size);
