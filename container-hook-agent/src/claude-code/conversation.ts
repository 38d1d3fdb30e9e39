import type { Response } from "session-protocol";
import { listOf, numberOf, objectOf, textOf } from "../conversation/fields.js";
import { MAIN_AGENT, RecordedRun, type Program } from "../conversation/recorded-run.js";
import type { HookAgent } from "../hook-agent.js";
import { idPart } from "../record-calls.js";
import type { HookEvent } from "./hook-event.js";
import { Pricing } from "./pricing.js";
import { readSpawn } from "./sub-agent-file.js";
import type { RequestCost } from "./telemetry.js";
import { reportOf } from "./tool-call.js";
import { plainText } from "./transcript-line.js";
import { Transcripts } from "./transcripts.js";

export interface ConversationOptions {
  readonly agent: HookAgent;
  readonly now: () => number;
  /** Its transcript may hold earlier runs; what is older than this is theirs. */
  readonly startedAtMs: number;
  /** What the run was started with. */
  readonly input: unknown;
}

export const CLAUDE_CODE: Program = {
  flow: "claude-code",
  provider: "anthropic",
  idPrefix: "claude",
  reportOf,
};
/** The file follows the last hook by less. */
const SETTLE_MS = 150;
const MAX_READS = 10_000;

/** One run of Claude Code: turns what its hooks and transcripts tell into the events of a session. */
export class Conversation {
  readonly run: RecordedRun;
  readonly #options: ConversationOptions;
  readonly #pricing: Pricing;
  readonly #transcripts: Transcripts;
  readonly #conversations = new Set<string>();
  readonly #handlers: Readonly<Record<string, (event: HookEvent) => void>>;
  #compactingSinceMs: number | undefined;

  constructor(options: ConversationOptions) {
    const { agent, now, startedAtMs, input } = options;
    this.#options = options;
    const findSpawn = (id: string) => {
      const { folder } = this.#transcripts;
      return folder === undefined ? undefined : readSpawn(folder, id, MAIN_AGENT);
    };
    this.run = new RecordedRun({ agent, now, input, program: CLAUDE_CODE, findSpawn });
    const onResponse = (response: Response, agentId: string): void => {
      agent.logResponse({ ...response, agentId, runId: this.run.runId });
    };
    this.#pricing = new Pricing({ now, onResponse });
    this.#transcripts = new Transcripts({
      sinceMs: startedAtMs,
      mainAgentId: MAIN_AGENT,
      now,
      onResponse: (response, agentId) => this.#pricing.add(response, agentId),
      onToolUse: (id, tool, toolInput, agentId) => this.#startTool(id, tool, toolInput, agentId, false),
      onResult: (id, outcome) => this.run.tools.tell(id, outcome),
      onInterruption: (text, agentId) => {
        if (agentId === MAIN_AGENT) this.run.interruptTurn(text);
      },
    });
    this.#handlers = this.#createHandlers();
  }

  /** Whether any hook has told anything. */
  get isHeardOf(): boolean {
    return this.#conversations.size > 0;
  }

  /** Telemetry will tell what requests cost. */
  expectCosts(): void {
    this.#pricing.expect();
  }

  cost(cost: RequestCost): void {
    this.#pricing.learn(cost);
  }

  hook(event: HookEvent): void {
    this.#meet(event);
    if (event.agentId !== undefined) this.run.subAgents.look();
    this.#handlers[event.name]?.(event);
  }

  /** Reads what is new in the transcripts; answers whether there is more. */
  tick(): boolean {
    const isMore = this.#transcripts.read();
    this.run.subAgents.look();
    this.run.tools.sweep();
    this.#pricing.release();
    return isMore;
  }

  /** The process is gone: reads what it wrote last. */
  async drain(): Promise<void> {
    const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    for (let reads = 0; reads < MAX_READS && this.tick(); reads += 1) await Promise.resolve();
    if (this.isHeardOf) await settle();
    for (let reads = 0; reads < MAX_READS && this.tick(); reads += 1) await Promise.resolve();
    this.#transcripts.close();
    this.#pricing.release(0);
  }

  /** The first hook of a conversation, or the first after its transcript has moved. */
  #meet({ sessionId, fields }: HookEvent): void {
    const path = textOf(fields.transcript_path);
    if (path !== undefined) this.#transcripts.follow(path);
    if (this.#conversations.has(sessionId)) return;
    this.#conversations.add(sessionId);
    this.#options.agent.updateState({
      phase: "running",
      claudeCode: { sessionId, ...(path !== undefined && { transcriptPath: path }) },
      ...(textOf(fields.cwd) !== undefined && { workspace: { cwd: fields.cwd } }),
    });
  }

  #createHandlers(): Readonly<Record<string, (event: HookEvent) => void>> {
    return {
      UserPromptSubmit: (event) => this.run.beginTurn(event.fields.prompt, agentOf(event)),
      PreToolUse: (event) => this.#preTool(event),
      PostToolUse: (event) => this.#postTool(event),
      PostToolUseFailure: (event) => this.#failTool(event),
      PermissionRequest: (event) => {
        this.run.tools.ask(textOf(event.fields.tool_name) ?? "", event.fields.tool_input, agentOf(event));
      },
      SubagentStart: ({ fields, agentId }) => {
        if (agentId !== undefined)
          this.run.subAgents.start(agentId, textOf(fields.agent_type) ?? "sub-agent");
      },
      SubagentStop: ({ fields, agentId }) => {
        const result = textOf(fields.last_assistant_message);
        if (agentId !== undefined) this.run.subAgents.stop(agentId, { status: "completed", result });
      },
      TaskCreated: (event) => this.#addGoal(event),
      TaskCompleted: (event) => {
        this.#options.agent.updateGoal(goalId(event, event.fields.task_id), { status: "completed" });
      },
      PreCompact: () => void (this.#compactingSinceMs = this.#options.now()),
      PostCompact: (event) => this.#compacted(event),
      Stop: ({ fields }) => this.run.endTurn(textOf(fields.last_assistant_message)),
      StopFailure: (event) => this.#stopFailed(event),
      SessionEnd: (event) => {
        this.run.actLast("session_end", agentOf(event), { reason: event.fields.reason });
      },
      SessionStart: (event) => {
        const { source, model } = event.fields;
        // The process goes on: what the last conversation is known to have done is on record.
        this.run.act();
        this.#action("session_start", event, { source, ...(textOf(model) !== undefined && { model }) });
      },
    };
  }

  #action(type: string, event: HookEvent, fields: Readonly<Record<string, unknown>>): void {
    this.run.action(type, agentOf(event), fields);
  }

  #startTool(toolUseId: string, tool: string, input: unknown, agentId: string, isHooked: boolean): void {
    const parentNodeId = this.run.subAgents.callOf(agentId);
    const startedAtMs = this.#options.now();
    this.run.tools.start({ toolUseId, tool, input, agentId, startedAtMs, isHooked, parentNodeId });
  }

  #preTool(event: HookEvent): void {
    const { tool_use_id: id, tool_name: name, tool_input: input } = event.fields;
    if (typeof id !== "string" || typeof name !== "string") return;
    this.#startTool(id, name, input, agentOf(event), true);
  }

  #postTool(event: HookEvent): void {
    const { tool_use_id: id, tool_input: input, tool_response: output, duration_ms: ms } = event.fields;
    if (typeof id !== "string") return;
    this.#preTool(event);
    this.run.tools.end(id, { status: "completed", output, durationMs: numberOf(ms) });
    const response = objectOf(output);
    const childId = textOf(response?.agentId);
    if (childId !== undefined) this.#join(event, childId, id);
    const change = objectOf(input);
    if (event.fields.tool_name === "TaskUpdate" && textOf(change?.status) !== undefined) {
      this.#updateGoal(event);
    }
    if (childId !== undefined && response?.status === "completed") {
      this.run.subAgents.stop(childId, {
        status: "completed",
        result: plainText(listOf(response.content).slice(-1)),
      });
    }
  }

  #failTool(event: HookEvent): void {
    const { tool_use_id: id, error, is_interrupt: isInterrupt, duration_ms: ms } = event.fields;
    if (typeof id !== "string") return;
    this.#preTool(event);
    const status = isInterrupt === true ? "interrupted" : "failed";
    this.run.tools.end(id, { status, error: textOf(error) ?? status, durationMs: numberOf(ms) });
  }

  /** The answer to the call says which agent it has started, and the call whose child that is. */
  #join(event: HookEvent, childId: string, toolUseId: string): void {
    const input = objectOf(event.fields.tool_input);
    this.run.subAgents.join(childId, textOf(input?.subagent_type) ?? "sub-agent", {
      parentAgentId: agentOf(event),
      toolUseId,
      task: textOf(input?.description),
    });
  }

  #addGoal(event: HookEvent): void {
    const { task_id: id, task_subject: subject, task_description: details } = event.fields;
    const description = textOf(subject) ?? textOf(details) ?? `task ${String(id)}`;
    this.#options.agent.addGoal({
      id: goalId(event, id),
      description,
      status: "pending",
      ...(details !== undefined && { details }),
    });
  }

  #updateGoal(event: HookEvent): void {
    const { taskId, status } = objectOf(event.fields.tool_input) ?? {};
    if (typeof status !== "string" || status === "completed") return;
    this.#options.agent.updateGoal(goalId(event, taskId), { status });
  }

  #compacted(event: HookEvent): void {
    const { trigger, compact_summary: output } = event.fields;
    const sinceMs = this.#compactingSinceMs;
    this.#compactingSinceMs = undefined;
    const durationMs = sinceMs === undefined ? undefined : Math.max(0, this.#options.now() - sinceMs);
    this.#action("compaction", event, { trigger, output, ...(durationMs !== undefined && { durationMs }) });
  }

  #stopFailed(event: HookEvent): void {
    const { error, last_assistant_message: message } = event.fields;
    this.run.failTurn(textOf(message) ?? textOf(error) ?? "the turn failed", textOf(error), agentOf(event));
  }
}

const agentOf = ({ agentId }: HookEvent): string => (agentId === undefined ? MAIN_AGENT : idPart(agentId));

/** Tasks are numbered from 1 in every conversation. */
const goalId = ({ sessionId }: HookEvent, taskId: unknown): string =>
  `task-${idPart(sessionId).slice(0, 8)}-${idPart(String(taskId))}`;
