/** Records LangGraph in a program of CommonJS, which has a copy of LangChain of its own: `require("container-hook-agent/langgraph")`. */
import manager = require("@langchain/core/callbacks/manager");
import singletons = require("@langchain/core/singletons");
import recording = require("./langgraph/recording.js");
import recorders = require("./langgraph/recorder.js");

recording.recordThrough(manager.CallbackManager, singletons.AsyncLocalStorageProviderSingleton);

const { LangGraphRecorder } = recorders;
const { recorder, recordWith } = recording;
export = { LangGraphRecorder, recorder, recordWith };
