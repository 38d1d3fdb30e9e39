import type { HookAgent } from "../hook-agent.js";
import { SubAgents, type Spawn } from "./sub-agents.js";
import type { ToolOutcome, ToolReport } from "./tool-call.js";
import { ToolCalls } from "./tool-calls.js";

/** Which program runs, and how its tools and sub-agents are told apart. */
export interface Program {
  /** As the run's flow has it. */
  readonly flow: string;
  readonly provider?: string;
  /** Of the ids of what is recorded. */
  readonly idPrefix: string;
  readonly reportOf: (tool: string, input: unknown, outcome: ToolOutcome) => ToolReport;
}

export interface RecordedRunOptions {
  readonly agent: HookAgent;
  readonly now: () => number;
  readonly program: Program;
  /** What the run was started with. */
  readonly input: unknown;
  /** Whose a sub-agent is; undefined: not known yet. */
  readonly findSpawn: (id: string) => Spawn | undefined;
}

/** How the work ended, and why. */
export interface WorkEnd {
  readonly status: "completed" | "failed" | "cancelled";
  readonly reason: string;
  /** Said of the run besides. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export const MAIN_AGENT = "main";

/** One run of a program that is an agent, as what it tells is recorded. */
export class RecordedRun {
  readonly runId: string;
  readonly tools: ToolCalls;
  readonly subAgents: SubAgents;
  readonly #agent: HookAgent;
  #lastMessage: string | undefined;
  #failure: string | undefined;
  #isInTurn = false;
  #interruption: string | undefined;
  #tellsTurnEnds = false;
  /** To be recorded after what is still to be told of. */
  #last: (() => void) | undefined;

  constructor({ agent, now, program, input, findSpawn }: RecordedRunOptions) {
    const { flow, provider, idPrefix, reportOf } = program;
    this.#agent = agent;
    const runId = agent.startRun({ agentId: MAIN_AGENT, flow, ...(provider && { provider }), input });
    this.runId = runId;
    this.tools = new ToolCalls({ agent, runId, now, idPrefix, reportOf });
    this.subAgents = new SubAgents({ agent, runId, mainAgentId: MAIN_AGENT, find: findSpawn });
  }

  /** The last thing the main agent said. */
  get lastMessage(): string | undefined {
    return this.#lastMessage;
  }

  /** Why the last turn failed, if it did. */
  get failure(): string | undefined {
    return this.#failure;
  }

  /** Whether a prompt has not been answered to its end. */
  get isInTurn(): boolean {
    return this.#isInTurn;
  }

  /** What cut the last turn off, if something did. */
  get interruption(): string | undefined {
    return this.#interruption;
  }

  /** Whether the end of a turn is told in any case, so that without it there was none. */
  get tellsTurnEnds(): boolean {
    return this.#tellsTurnEnds;
  }

  expectTurnEnds(): void {
    this.#tellsTurnEnds = true;
  }

  /** Records an action after what is told later of things that were before it: at the end, or when there is another. */
  actLast(type: string, agentId: string, fields: Readonly<Record<string, unknown>>): void {
    this.act();
    this.#last = () => this.action(type, agentId, fields);
  }

  /** Nothing is to be told any more of what was before. */
  act(): void {
    this.#last?.();
    this.#last = undefined;
  }

  action(type: string, agentId: string, fields: Readonly<Record<string, unknown>>): void {
    this.#agent.logAction({ type, agentId, runId: this.runId, ...fields });
  }

  /** The main agent has said this. */
  said(message: string): void {
    this.#lastMessage = message;
  }

  beginTurn(prompt: unknown, agentId = MAIN_AGENT): void {
    this.#isInTurn = true;
    this.#interruption = undefined;
    this.action("prompt", agentId, { input: prompt });
  }

  endTurn(message: string | undefined): void {
    this.#isInTurn = false;
    this.#lastMessage = message ?? this.#lastMessage;
    this.#failure = undefined;
    this.#interruption = undefined;
  }

  /** The turn is open still: how it ended is for the end to say, or for the next turn. */
  interruptTurn(text: string): void {
    if (this.#isInTurn) this.#interruption = text;
  }

  failTurn(error: string, code: string | undefined, agentId = MAIN_AGENT): void {
    this.#isInTurn = false;
    this.#failure = error;
    this.action("error", agentId, { error, ...(code !== undefined && { code }) });
  }

  /** The process is gone: closes what is open. */
  async end({ status, reason, details }: WorkEnd): Promise<void> {
    this.tools.endAll(reason);
    this.subAgents.endAll(reason);
    // The steps of the run record their ends when their promises are settled.
    await new Promise((resolve) => setImmediate(resolve));
    this.act();
    const { filesModified } = this.tools;
    if (filesModified.length > 0) this.#agent.updateState({ workspace: { filesModified } });
    this.#agent.updateState({ phase: status, currentStep: null });
    this.#agent.completeRun(this.runId, {
      status,
      ...(this.#lastMessage !== undefined && { output: this.#lastMessage }),
      ...(status !== "completed" && { error: this.#failure ?? reason }),
      ...details,
    });
  }
}
