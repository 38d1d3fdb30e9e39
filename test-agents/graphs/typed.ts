import { createHookAgent } from "container-hook-agent";
import { LangGraphRecorder, recorder, recordWith } from "container-hook-agent/langgraph";
import { Annotation, START, StateGraph } from "@langchain/langgraph";

const agent = createHookAgent({ sessionId: "typed" });
recordWith(agent);
const graph = new StateGraph(Annotation.Root({ n: Annotation<number> }))
  .addNode("one", () => Promise.resolve({ n: 1 }))
  .addEdge(START, "one")
  .compile();
export const both = [
  graph.withConfig({ callbacks: [new LangGraphRecorder(agent)] }).invoke({ n: 0 }),
  graph.invoke({ n: 0 }, { callbacks: [recorder] }),
];
const id: string = agent.logAction({ type: "note" });
// @ts-expect-error an action has a type
agent.logAction({ kind: "note" });
export { id };
