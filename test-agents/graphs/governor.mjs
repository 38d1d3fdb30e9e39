import "container-hook-agent/langgraph";
import { logAction } from "container-hook-agent";
import { given, governor } from "./graphs.mjs";

const graph = governor((by) => logAction({ type: "note", by }));
const [, , way = "invoke"] = process.argv;

if (way === "invoke") await graph.invoke(given());
else for await (const part of await graph.stream(given(), { streamMode: way })) console.log(typeof part);
