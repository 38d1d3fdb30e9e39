import { currentContext, withContext, type Context } from "../context.js";
import type { HookAgent } from "../hook-agent.js";
import { idPart } from "../record-calls.js";
import type { Fields } from "../recording.js";
import { messageOf } from "../step.js";
import { GraphRun, interruptsOf, isBubbleUp, isGoingOn, isPause, threadOf } from "./graph-run.js";
import { Recent } from "./recent.js";
import { Scopes, type Scope } from "./scopes.js";
import { closed, opened } from "./unfollowed.js";
import { fieldsOf, readable, responseOf, toolInput, toolOutput } from "./words.js";

/** Runs that are remembered while they wait. */
const MAX_PAUSED = 1_000;
const MAX_FLOW_LENGTH = 256;
const BEGAN_ANEW = { status: "cancelled", error: "the graph began anew while it waited" };
const NO_THREAD = { status: "cancelled", error: "the graph waits, with no thread to go on in" };

export type GraphAgent = Pick<
  HookAgent,
  "logAction" | "logResponse" | "startRun" | "completeRun" | "beginNode"
>;

/**
 * LangChain's callbacks, as records: of a graph a run, of its nodes nodes, nested as they ran; of models' answers
 * responses and of tools' calls actions. Tokens are not listened to. Nothing here waits or throws.
 */
export class LangGraphRecorder {
  readonly name = "container_hook_agent";
  /** Called where the graph runs, in order and at once, and not later from a queue. */
  readonly awaitHandlers = true;
  readonly raiseError = false;
  readonly #scopes = new Scopes();
  #agent: GraphAgent;
  #paused = new Recent<string, GraphRun>(MAX_PAUSED);

  constructor(agent: GraphAgent) {
    this.#agent = agent;
  }

  /** Records with this agent from now on; what waits has been recorded with another one. */
  recordWith(agent: GraphAgent): void {
    this.#agent = agent;
    this.#paused = new Recent(MAX_PAUSED);
  }

  copy(): this {
    return this;
  }

  /** What is under way now. */
  get size(): number {
    return this.#scopes.size;
  }

  /** Whose work is done inside what LangChain calls `id`. */
  contextOf(id: string): Context | undefined {
    return this.#scopes.of(id)?.context;
  }

  handleChainStart(
    chain: unknown,
    inputs: unknown,
    id: string,
    parentId?: string,
    tags?: string[],
    metadata?: Record<string, unknown>,
    _type?: string,
    runName?: string,
  ): void {
    this.#scopes.begin(id, () => {
      const name = nameOf(runName, chain, "chain");
      const about = metadata ?? {};
      const parent = this.#scopes.of(parentId);
      if (parent === undefined) return this.#beginRun(id, name, inputs, about);
      if (parent.run?.isOver === false && about.langgraph_node === name && isNode(tags)) {
        return this.#beginNode(name, inputs, about, parent, parent.run);
      }
      return { run: parent.run, context: parent.context };
    });
  }

  handleChainEnd(outputs: unknown, id: string): void {
    this.#scopes.end(id, ({ run, step, key = "", isRoot }) => {
      if (run === undefined) return;
      if (step !== undefined) this.#endStep(run, key, () => step.complete(readable(outputs)));
      else if (isRoot) this.#leave(run, id, { output: readable(outputs) });
    });
  }

  handleChainError(error: unknown, id: string): void {
    this.#scopes.end(id, (scope) => {
      const { run, step, key = "", isRoot } = scope;
      if (run === undefined) return;
      if (isPause(error)) this.#pause(scope, run, id, error);
      else if (step !== undefined && isBubbleUp(error)) {
        // A command to the graph above: the node has done its part.
        this.#endStep(run, key, () => step.complete());
      } else if (step !== undefined) {
        run.failed(key, error);
        this.#endStep(run, key, () => step.fail(error));
      } else if (isRoot && this.#isLeft(run, id)) this.#finish(run, run.endBy(error));
    });
  }

  /** Nothing will tell of the end of what LangChain calls `id`. */
  abandoned(id: string): void {
    this.#scopes.end(id, ({ run }) => {
      if (run !== undefined) this.#leave(run, id, run.stoppedBy("nobody waited for its end"));
    });
  }

  handleChatModelStart(
    _model: unknown,
    _messages: unknown,
    id: string,
    parentId?: string,
    extra?: Record<string, unknown>,
    _tags?: string[],
    metadata?: Record<string, unknown>,
  ): void {
    const { model, model_name: name } = fieldsOf(extra?.invocation_params);
    this.#beginCall(id, parentId, { model: metadata?.ls_model_name ?? model ?? name });
  }

  handleLLMStart(
    model: unknown,
    prompts: unknown,
    id: string,
    parentId?: string,
    extra?: Record<string, unknown>,
    tags?: string[],
    metadata?: Record<string, unknown>,
  ): void {
    this.handleChatModelStart(model, prompts, id, parentId, extra, tags, metadata);
  }

  handleLLMEnd(output: unknown, id: string): void {
    this.#scopes.end(id, ({ given }, marks) => {
      const { generations } = fieldsOf(output);
      for (const [generation] of (generations ?? []) as unknown[][]) {
        this.#agent.logResponse({ ...responseOf(generation, given?.model), ...marks });
      }
    });
  }

  handleLLMError(error: unknown, id: string): void {
    this.#scopes.end(id, ({ given }, marks) => {
      this.#agent.logAction({ type: "error", ...given, error: messageOf(error), ...marks });
    });
  }

  handleToolStart(
    tool: unknown,
    input: unknown,
    id: string,
    parentId?: string,
    _tags?: string[],
    _metadata?: Record<string, unknown>,
    runName?: string,
    toolUseId?: string,
  ): void {
    const given = { tool: nameOf(runName, tool, "tool"), input: toolInput(input) };
    this.#beginCall(id, parentId, { ...given, ...(toolUseId !== undefined && { toolUseId }) });
  }

  handleToolEnd(output: unknown, id: string): void {
    this.#endTool(id, () => toolOutput(output));
  }

  handleToolError(error: unknown, id: string): void {
    this.#endTool(id, () => (isBubbleUp(error) ? { paused: isPause(error) } : { error: messageOf(error) }));
  }

  #beginRun(id: string, name: string, inputs: unknown, about: Fields): Scope {
    const agentId = idPart(name);
    const threadId = threadOf(about);
    const input = readable(inputs);
    const paused = threadId === undefined ? undefined : this.#paused.take(pausedKey(agentId, threadId));
    const waiting = paused?.isOver === false ? paused : undefined;
    const goesOn = isGoingOn(inputs, waiting);
    if (waiting !== undefined && !goesOn) this.#finish(waiting, BEGAN_ANEW);
    const run = (goesOn ? waiting : undefined) ?? this.#startRun(id, agentId, name, input, threadId);
    run.resume(id);
    opened(id, this);
    if (goesOn) this.#tellResumed(input, { agentId, runId: run.runId }, threadId);
    return { run, context: { agentId, runId: run.runId }, isRoot: true };
  }

  /** Of the graph, whatever node of it LangChain has left as the one at work; the thread tells what waited elsewhere. */
  #tellResumed(input: unknown, context: Context, threadId: string | undefined): void {
    const action = { type: "run_resumed", input, ...(threadId !== undefined && { threadId }) };
    withContext({ ...context, nodeId: undefined }, () => this.#agent.logAction(action));
  }

  #startRun(id: string, agentId: string, name: string, input: unknown, threadId?: string): GraphRun {
    const flow = name.slice(0, MAX_FLOW_LENGTH);
    const start = { agentId, flow, role: "graph", provider: "langgraph", input };
    const runId = this.#agent.startRun({ ...start, ...(threadId && { threadId }) });
    return new GraphRun(runId, id, threadId && pausedKey(agentId, threadId));
  }

  #beginNode(name: string, inputs: unknown, about: Fields, parent: Scope, run: GraphRun): Scope {
    // A graph inside a node is how that node's agent works: what it does is the agent's.
    const agentId = (parent.context.nodeId && parent.context.agentId) ?? idPart(name);
    // The tasks from the outermost one to this one; the same ones when the graph goes on after an interrupt.
    const { langgraph_checkpoint_ns: tasks } = about;
    const [task, taskAround] = (typeof tasks === "string" ? tasks : name).split("|").reverse();
    const key = taskKey(task);
    const failures = run.failuresOf(key);
    const parentNodeId = parent.context.nodeId ?? run.openSteps.get(taskKey(taskAround))?.nodeId;
    const step = this.#agent.beginNode(name, run.runId, {
      nodeId: failures === 0 ? key : `${key}.${failures + 1}`,
      nodeType: "graph_node",
      ...(parentNodeId !== undefined && { parentNodeId }),
      input: readable(inputs),
      metadata: { step: about.langgraph_step, attempt: failures + 1 },
    });
    run.openSteps.set(key, step);
    return { run, context: { agentId, runId: run.runId, nodeId: step.nodeId }, step, key };
  }

  #endStep(run: GraphRun, key: string, end: () => void): void {
    run.openSteps.delete(key);
    // A run that has ended takes no more, though a branch of it goes on.
    if (!run.isOver) end();
  }

  #pause(scope: Scope, run: GraphRun, id: string, error: unknown): void {
    const { step, key = "", isRoot } = scope;
    const interrupts = interruptsOf(error);
    const fresh = run.pause(interrupts);
    // Now, because whoever asked for it may leave the stream at the interrupt.
    if (run.pausedKey !== undefined && !run.isOver) this.#paused.set(run.pausedKey, run);
    const valuesOf = (all: readonly unknown[]): unknown[] =>
      all.map((each) => readable(fieldsOf(each).value ?? each));
    if (step !== undefined) this.#endStep(run, key, () => step.pause(valuesOf(interrupts)));
    if (fresh.length > 0) {
      this.#agent.logAction({ type: "run_paused", input: valuesOf(fresh), ...scope.context });
    }
    if (isRoot) this.#leave(run, id, {});
  }

  /** The graph has returned: at its end, or to wait. */
  #leave(run: GraphRun, id: string, end: Fields): void {
    if (!this.#isLeft(run, id)) return;
    if (!run.isPaused) this.#finish(run, end);
    else if (run.pausedKey !== undefined) this.#paused.set(run.pausedKey, run);
    else this.#finish(run, { ...end, ...NO_THREAD });
  }

  /** Unless it has gone on in another call meanwhile. */
  #isLeft(run: GraphRun, id: string): boolean {
    closed(id);
    return run.rootId === id && !run.isOver;
  }

  #finish(run: GraphRun, end: Fields): void {
    for (const step of run.openSteps.values()) step.fail("the run ended before it");
    run.openSteps.clear();
    run.isOver = true;
    this.#agent.completeRun(run.runId, { ...end, durationMs: run.durationMs });
  }

  #beginCall(id: string, parentId: string | undefined, given: Fields): void {
    this.#scopes.begin(id, () => {
      const parent = this.#scopes.of(parentId);
      const context = parent?.context ?? currentContext();
      return { run: parent?.run, context, given };
    });
  }

  #endTool(id: string, outcomeOf: () => Fields): void {
    this.#scopes.end(id, ({ given }, marks) => {
      this.#agent.logAction({ type: "tool_call", ...given, ...outcomeOf(), ...marks });
    });
  }
}

function pausedKey(agentId: string, threadId: string): string {
  return `${agentId} ${threadId}`;
}

/** Of a task such as `search:1f0e…`, which stays the same. */
function taskKey(task = ""): string {
  const [name, id = ""] = task.split(":");
  return `${idPart(name)}-${id.slice(-12)}`;
}

function isNode(tags: readonly string[] | undefined): boolean {
  const isStep = tags?.some((tag) => tag.startsWith("graph:step")) ?? false;
  return isStep && !tags?.includes("langsmith:hidden");
}

function nameOf(runName: unknown, serialized: unknown, otherwise: string): string {
  const { name } = fieldsOf(serialized);
  return [runName, name].find((each): each is string => typeof each === "string" && each !== "") ?? otherwise;
}
