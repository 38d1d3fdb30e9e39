/** Records LangGraph. Importing this module is all there is to do: `import "container-hook-agent/langgraph"`. */
import { createRequire } from "node:module";
import { CallbackManager } from "@langchain/core/callbacks/manager";
import { AsyncLocalStorageProviderSingleton as configs } from "@langchain/core/singletons";
import { recordThrough } from "./langgraph/recording.js";

export { LangGraphRecorder, type GraphAgent } from "./langgraph/recorder.js";
export { recorder, recordWith } from "./langgraph/recording.js";

recordThrough(CallbackManager, configs);

// A program of CommonJS has LangChain a second time, and may have loaded this module as one of the other kind.
const require = createRequire(import.meta.url);
const required = require.cache[require.resolve("@langchain/core/callbacks/manager")];
if (required !== undefined) {
  recordThrough((required.exports as { CallbackManager: unknown }).CallbackManager, configs);
}
