import { objectOf, textOf, type Fields } from "../conversation/fields.js";
import { MAIN_AGENT, RecordedRun, type Program } from "../conversation/recorded-run.js";
import type { Ending } from "../conversation/sub-agents.js";
import type { ToolOutcome } from "../conversation/tool-call.js";
import type { HookAgent } from "../hook-agent.js";
import { Chat, type ChatEvents, type EndedCalls } from "./chat.js";
import { chatOf, readChatFile, subAgentChatsIn, subAgentFolderOf, type ChatFile } from "./chat-files.js";
import { responseOf } from "./chat-line.js";
import type { GeminiHook } from "./dropped-hooks.js";
import { HookedCalls, type HookedCall } from "./hooked-calls.js";
import { Todos } from "./todos.js";
import { outcomeOf, outcomeOfHook, reportOf } from "./tool-call.js";

export const GEMINI: Program = { flow: "gemini-cli", provider: "google", idPrefix: "gemini", reportOf };

export interface GeminiRunOptions {
  readonly agent: HookAgent;
  readonly now: () => number;
  readonly startedAtMs: number;
  /** Where it keeps its chats. */
  readonly geminiFolder: string;
  readonly input: unknown;
}

export interface ApiError {
  readonly message: string;
  readonly code: string | undefined;
}

const SPAWN = "invoke_agent";
const MAX_READS = 10_000;

/** One run of Gemini CLI: turns what its hooks, chats and telemetry tell into the events of a session. */
export class GeminiRun {
  readonly run: RecordedRun;
  readonly #options: GeminiRunOptions;
  readonly #todos: Todos;
  readonly #chats = new Map<string, Chat>();
  /** By whose it is. */
  readonly #newestChats = new Map<string, Chat>();
  readonly #calls = new HookedCalls();
  readonly #subAgentFolders = new Set<string>();
  /** Of sub-agents of earlier runs. */
  readonly #oldChats = new Set<string>();
  readonly #openSubAgents = new Set<string>();
  /** The ids of its sessions, and of those whose start is recorded. */
  readonly #sessions = new Set<string>();
  readonly #begunSessions = new Set<string>();
  #apiError: ApiError | undefined;

  constructor(options: GeminiRunOptions) {
    const { agent, now, input } = options;
    this.#options = options;
    this.run = new RecordedRun({ agent, now, input, program: GEMINI, findSpawn: () => undefined });
    this.#todos = new Todos(agent, this.run.runId);
  }

  /** Whether a chat was found. */
  get isHeardOf(): boolean {
    return this.#chats.size > 0;
  }

  hook({ name, atMs, fields }: GeminiHook): void {
    const sessionId = textOf(fields.session_id);
    if (sessionId === undefined || !this.#isOwn(name, fields.source, sessionId)) return;
    this.run.expectTurnEnds();
    this.#enter(sessionId, textOf(fields.transcript_path), textOf(fields.cwd));
    const tool = textOf(fields.tool_name);
    if (name === "SessionStart") this.#start(sessionId, textOf(fields.source));
    if (name === "BeforeTool" && tool !== undefined) this.#begin(tool, fields.tool_input, atMs);
    if (name === "AfterTool" && tool !== undefined) this.#answer(tool, fields, atMs);
    if (name === "AfterAgent") this.#endTurn();
  }

  /** Telemetry tells of a session; answers whether it is the process's own. */
  hears(sessionId: string): boolean {
    if (this.#sessions.size === 0) this.follow(chatOf(this.#options.geminiFolder, sessionId));
    return this.#sessions.has(sessionId);
  }

  /** A request to the model's API has failed; undefined: was answered. */
  api(error: ApiError | undefined): void {
    this.#apiError = error;
  }

  compacted(fields: Fields): void {
    this.run.action("compaction", MAIN_AGENT, fields);
  }

  /** A chat that no hook has named. */
  follow(chat: ChatFile | undefined): void {
    if (chat?.sessionId === undefined) return;
    this.#enter(chat.sessionId, chat.path, undefined);
    this.#start(chat.sessionId, chat.startedAtMs < this.#options.startedAtMs ? "resume" : "startup");
  }

  /** Reads what is new; answers whether there is more. */
  tick(): boolean {
    this.#discover();
    return [...this.#chats.values()].map((chat) => chat.read()).includes(true);
  }

  /** The process is gone: reads what it wrote last. */
  drain(): void {
    this.#readAll();
    // The main agent waits while a sub-agent works; which of several it was, nothing has told.
    const [only = MAIN_AGENT, ...others] = this.#openSubAgents;
    const caller = others.length === 0 ? only : MAIN_AGENT;
    const left = this.#calls.left();
    this.#newestChats.get(caller)?.close(left.map(({ id }) => id));
    this.#closeAnswers();
    for (const call of left) {
      this.#open(call, caller);
      if (call.outcome !== undefined) this.run.tools.end(call.id, call.outcome);
    }
    if (this.#apiError !== undefined && this.run.isInTurn) {
      this.run.failTurn(this.#apiError.message, this.#apiError.code);
    }
  }

  /** The first that is heard of is the process's own, and what it goes on to: tools may start others. */
  #isOwn(name: string, source: unknown, sessionId: string): boolean {
    const isNext = name === "SessionStart" && source !== "startup";
    return this.#sessions.size === 0 || isNext || this.#sessions.has(sessionId);
  }

  #enter(sessionId: string, path: string | undefined, cwd: string | undefined): void {
    this.#sessions.add(sessionId);
    if (path === undefined || this.#chats.has(path)) return;
    const { agent } = this.#options;
    this.#listen(path, MAIN_AGENT);
    this.#subAgentFolders.add(subAgentFolderOf(path, sessionId));
    const workspace = { cwd: cwd ?? process.cwd() };
    agent.updateState({ phase: "running", gemini: { sessionId, chatPath: path }, workspace });
  }

  #start(sessionId: string, source: string | undefined): void {
    if (this.#begunSessions.has(sessionId)) return;
    this.#begunSessions.add(sessionId);
    this.run.action("session_start", MAIN_AGENT, { source });
  }

  #readAll(): void {
    for (let reads = 0; reads < MAX_READS && this.tick(); reads += 1);
  }

  #discover(): void {
    for (const folder of this.#subAgentFolders) {
      for (const [id, file] of subAgentChatsIn(folder)) this.#followSubAgent(id, file);
    }
  }

  #followSubAgent(id: string, path: string): void {
    const { startedAtMs } = this.#options;
    const chat = this.#chats.has(path) || this.#oldChats.has(path) ? undefined : readChatFile(path);
    if (chat === undefined || Number.isNaN(chat.startedAtMs)) return;
    if (chat.startedAtMs < startedAtMs) {
      this.#oldChats.add(path);
    } else {
      this.#openSubAgents.add(id);
      this.#listen(path, id);
    }
  }

  #listen(path: string, agentId: string): void {
    const chat = new Chat(path, this.#options.startedAtMs, this.#eventsOf(agentId));
    this.#chats.set(path, chat);
    this.#newestChats.set(agentId, chat);
  }

  #closeAnswers(): void {
    for (const chat of this.#chats.values()) chat.close();
  }

  #eventsOf(agentId: string): ChatEvents {
    const { agent } = this.#options;
    const isMain = agentId === MAIN_AGENT;
    return {
      onPrompt: (text) => (isMain ? this.run.beginTurn(text) : this.#beginSubAgent(agentId, text)),
      onAnswer: (message, toolUseIds) => {
        if (isMain && message.text !== "") this.run.said(message.text);
        agent.logResponse({ ...responseOf(message, toolUseIds), agentId, runId: this.run.runId });
      },
      waitsForCalls: () => this.run.tellsTurnEnds,
      onToolCalls: (calls, askedAtMs) => this.#endCalls(calls, askedAtMs, agentId),
      onError: (text) => this.run.failTurn(text, undefined, agentId),
    };
  }

  /** Its first prompt has the input of the call that has started it; where several fit, the answer to the call tells. */
  #beginSubAgent(agentId: string, task: string): void {
    const spawns = this.#calls.left().filter(({ tool }) => tool === SPAWN);
    const same = spawns.filter(({ input }) => promptOf(input) === task);
    const fitting = same.length > 0 ? same : spawns.filter(({ input }) => task.includes(promptOf(input)));
    const [call, ...others] = fitting;
    if (call !== undefined && others.length === 0) this.#join(agentId, call.id, call.input, MAIN_AGENT);
  }

  #join(agentId: string, toolUseId: string, input: unknown, parentAgentId: string): void {
    const type = textOf(objectOf(input)?.agent_name) ?? "sub-agent";
    this.run.subAgents.join(agentId, type, { parentAgentId, toolUseId, task: promptOf(input) });
  }

  #begin(tool: string, input: unknown, atMs: number): void {
    const call = this.#calls.begin(tool, input, atMs);
    // Hooks do not say whose call it is: while a sub-agent works, the chats tell.
    this.#discover();
    if (this.#openSubAgents.size === 0) this.#open(call, MAIN_AGENT);
  }

  #answer(tool: string, { tool_input: input, tool_response: response }: Fields, atMs: number): void {
    const call = this.#calls.waiting(tool, input);
    if (call !== undefined) call.outcome = outcomeOfHook(tool, response, Math.max(0, atMs - call.atMs));
  }

  #open({ id: toolUseId, tool, input, atMs }: HookedCall, agentId: string): void {
    const parentNodeId = this.run.subAgents.callOf(agentId);
    const call = { toolUseId, tool, input, agentId, startedAtMs: atMs, isHooked: true, parentNodeId };
    this.run.tools.start(call);
  }

  /** All calls of an answer. */
  #endCalls(calls: readonly Fields[], askedAtMs: number, agentId: string): EndedCalls {
    const found = calls.map((call) => [call, this.#calls.takeSame(String(call.name), call.args)] as const);
    const ended = found.map(([call, same]) => {
      const hooked = same ?? this.#calls.takeFirst(String(call.name));
      return [call, hooked ?? unhooked(call, askedAtMs)] as const;
    });
    return {
      ids: ended.map(([, { id }]) => id),
      record: () => ended.forEach(([call, hooked]) => this.#endCall(call, hooked, agentId)),
    };
  }

  #endCall(call: Fields, hooked: HookedCall, agentId: string): void {
    const { id, tool, input, atMs } = hooked;
    const toldAtMs = Date.parse(textOf(call.timestamp) ?? "");
    const lastedMs = Number.isNaN(toldAtMs) ? 0 : Math.max(0, toldAtMs - atMs);
    const outcome = outcomeOf(call, hooked.outcome?.durationMs ?? lastedMs);
    this.#open(hooked, agentId);
    this.run.tools.end(id, outcome);
    if (tool === "write_todos" && outcome.status === "completed") this.#todos.take(input);
    const child = textOf(call.agentId);
    if (child === undefined) return;
    this.#join(child, id, input, agentId);
    this.#openSubAgents.delete(child);
    const chat = this.#newestChats.get(child);
    chat?.read();
    chat?.close();
    this.run.subAgents.stop(child, endingOf(outcome));
  }

  #endTurn(): void {
    // The last of the chat is written before the hook is called.
    this.#readAll();
    this.#closeAnswers();
    this.run.endTurn(undefined);
  }
}

const promptOf = (input: unknown): string => textOf(objectOf(input)?.prompt) ?? "";

const unhooked = (call: Fields, atMs: number): HookedCall => ({
  id: textOf(call.id) ?? `${String(call.name)}-${atMs}`,
  tool: String(call.name),
  input: call.args,
  atMs,
  outcome: undefined,
});

const REASON = /^Termination Reason: (\w+)\nResult:\n(.*)$/ms;

/** A sub-agent that did not reach its goal counts as a success of the tool. */
function endingOf({ status, output, error }: ToolOutcome): Ending {
  const text = typeof output === "string" ? output : undefined;
  const [, reason = "GOAL", result = text] = REASON.exec(text ?? "") ?? [];
  if (status !== "completed") return { status: "failed", error };
  return reason === "GOAL"
    ? { status: "completed", result }
    : { status: "failed", result, error: `it ended by ${reason}` };
}
