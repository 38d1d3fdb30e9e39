import "container-hook-agent/langgraph";
import { given, tools } from "./graphs.mjs";

const answer = await tools(process.argv[2] === "handled")
  .invoke(given())
  .catch((error) => error);
console.log(answer instanceof Error ? answer.message : answer.messages.length);
