import "./slow-to-load.mjs";
import "container-hook-agent/langgraph";
import { given, governor } from "./graphs.mjs";

console.log(JSON.stringify((await governor().invoke(given())).notes));
