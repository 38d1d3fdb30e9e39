import "container-hook-agent/langgraph";
import { flaky, given } from "./graphs.mjs";

console.log(JSON.stringify((await flaky().invoke(given())).notes));
