import { contextsFrom, type Context } from "../context.js";
import * as environmentAgent from "../environment-agent.js";
import { LangGraphRecorder, type GraphAgent } from "./recorder.js";
import { tellsOf } from "./unfollowed.js";
import { fieldsOf } from "./words.js";

/** Records every graph of the process with the agent the environment describes. */
export const recorder = new LangGraphRecorder(environmentAgent);

/** Records with another agent than the one the environment describes, from now on. */
export function recordWith(agent: GraphAgent): void {
  recorder.recordWith(agent);
}

interface Manager {
  readonly handlers: readonly { readonly name: string }[];
  addHandler(handler: LangGraphRecorder, inherit: boolean): void;
  handleChainStart(...given: unknown[]): Promise<{ readonly runId: string }>;
}

/** LangChain's `CallbackManager`, as far as it is used here. */
interface ManagerClass {
  _configureSync: (this: unknown, ...given: unknown[]) => Manager | undefined;
}

/** Where LangChain keeps what the code that runs now was called with. */
interface RunnableConfigs {
  getRunnableConfig(): unknown;
}

const recorded = new WeakSet<ManagerClass>();

/**
 * Puts the recorder among the callbacks of everything that runs through this copy of LangChain. Its own
 * `registerConfigureHook` keeps hooks in the asynchronous context that registers them, and so misses what is called
 * from any other: from a module loaded after one with a top-level await, or a server that listened before.
 * @throws Error if this copy cannot be recorded
 */
export function recordThrough(managers: unknown, configs: RunnableConfigs): void {
  if (!isManagerClass(managers)) {
    throw new Error("container-hook-agent/langgraph cannot record with this version of @langchain/core");
  }
  if (recorded.has(managers)) return;
  recorded.add(managers);
  const configure = managers._configureSync;
  managers._configureSync = function (...given) {
    const manager = configure.apply(this, given);
    // Without any callbacks LangChain makes no manager, and drops tags and metadata.
    const used = manager ?? configure.call(this, [recorder], ...given.slice(1));
    if (used?.handlers.some(({ name }) => name === recorder.name) === false) used.addHandler(recorder, true);
    return used && tellingOfEnds(used);
  };
  contextsFrom(() => stepOf(configs.getRunnableConfig()));
}

function tellingOfEnds(manager: Manager): Manager {
  const begin = manager.handleChainStart.bind(manager);
  manager.handleChainStart = async (...given) => {
    const teller = await begin(...given);
    tellsOf(teller.runId, teller);
    return teller;
  };
  return manager;
}

function isManagerClass(managers: unknown): managers is ManagerClass {
  return typeof managers === "function" && "_configureSync" in managers;
}

/** The step whose code runs now, by what it was called with. */
function stepOf(config: unknown): Context | undefined {
  const { handlers, _parentRunId: id } = fieldsOf(fieldsOf(config).callbacks);
  if (!Array.isArray(handlers) || typeof id !== "string") return undefined;
  const own: unknown = handlers.find((handler) => handler instanceof LangGraphRecorder);
  return own instanceof LangGraphRecorder ? own.contextOf(id) : undefined;
}
