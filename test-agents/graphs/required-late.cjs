const { run } = require("./common-graph.cjs");
void import("container-hook-agent/langgraph").then(run);
