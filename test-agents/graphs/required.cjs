require("container-hook-agent/langgraph");
void require("./common-graph.cjs").run();
