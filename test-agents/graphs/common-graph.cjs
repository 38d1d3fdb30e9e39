const { Annotation, START, StateGraph } = require("@langchain/langgraph");

const notes = Annotation({ reducer: (all, more) => [...all, ...more], default: () => [] });

exports.run = async () => {
  const graph = new StateGraph(Annotation.Root({ notes }))
    .addNode("note", async () => ({ notes: ["noted"] }))
    .addEdge(START, "note")
    .compile({ name: "common" });
  console.log(JSON.stringify((await graph.invoke({ notes: [] })).notes));
};
