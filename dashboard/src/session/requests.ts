import type { Mark, Reading } from "./mark.js";

/** One answer of a model, and what was done because of it. */
export interface Request {
  /** Of the answer. */
  readonly seq: number;
  readonly agentId: string | null;
  /** From 1, in the order of its agent's answers. */
  readonly number: number;
  /** Whether the answer named its calls. */
  readonly isExplicit: boolean;
  /** Seqs of what belongs to it beside the answer, ascending. */
  readonly members: number[];
  /** Names of the tools that were used, each once, the first few. */
  readonly tools: string[];
  calls: number;
  failures: number;
  startMs: number;
  endMs: number;
}

/** In longer sessions events stand in the order in which they were stored: requests are of no use there. */
export const MAX_GROUPED = 30_000;
const MAX_TOOLS = 4;
/** Calls that were told of before the answer that asked for them; more are shown by themselves. */
const MAX_WAITING = 1_000;
/** Of a longer session: calls whose beginning or end may still be told once more. */
const RECENT_CALLS = 2_000;

/**
 * Which events belong to which answer of a model. An answer that names its calls has those, wherever they were
 * told: a call is often over before its answer is. Else it has what its agent does until the next answer.
 */
export class Requests {
  readonly #of = new Map<number, Request>();
  readonly #byCall = new Map<string, Request>();
  readonly #waiting = new Map<string, Mark[]>();
  /** The last one of each agent. */
  readonly #current = new Map<string, Request>();
  /** How many each agent has. */
  readonly #counts = new Map<string, number>();
  /** The action that tells of a call. */
  readonly #actions = new Map<string, number>();
  readonly #stepCalls = new Map<number, string>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  of(seq: number): Request | undefined {
    return this.#of.get(seq);
  }

  /** Of a step that is a call: the action that tells the same and more, once there is one. */
  toldBy(seq: number): number | undefined {
    const callId = this.#stepCalls.get(seq);
    return callId === undefined ? undefined : this.#actions.get(callId);
  }

  add({ mark, boundary }: Reading): void {
    const agent = mark.agentId ?? "";
    this.#note(mark);
    if (mark.seq > MAX_GROUPED) this.#forget();
    else if (mark.kind === "response") this.#begin(mark, agent);
    else if (boundary !== undefined || mark.kind === "prompt") this.#current.delete(agent);
    else this.#place(mark, agent);
  }

  #note(mark: Mark): void {
    if (mark.callId !== null && mark.isStep) this.#stepCalls.set(mark.seq, mark.callId);
    if (mark.callId !== null && mark.kind === "tool") this.#actions.set(mark.callId, mark.seq);
  }

  /** A session that goes on for days must not fill the page's memory. */
  #forget(): void {
    for (const forgotten of [this.#of, this.#byCall, this.#waiting, this.#current]) forgotten.clear();
    leaveNewest(this.#actions);
    leaveNewest(this.#stepCalls);
  }

  #begin(mark: Mark, agent: string): void {
    const { seq, agentId, startMs, endMs, calls, failed } = mark;
    const number = (this.#counts.get(agent) ?? 0) + 1;
    const request: Request = {
      seq,
      agentId,
      number,
      isExplicit: calls.length > 0,
      members: [],
      tools: [],
      calls: 0,
      failures: failed ? 1 : 0,
      startMs,
      endMs,
    };
    this.#count += 1;
    this.#counts.set(agent, number);
    this.#of.set(seq, request);
    this.#current.set(agent, request);
    for (const callId of calls) {
      this.#byCall.set(callId, request);
      for (const waiting of this.#waiting.get(callId) ?? []) this.#join(request, waiting);
      this.#waiting.delete(callId);
    }
    request.members.sort((one, other) => one - other);
  }

  #place(mark: Mark, agent: string): void {
    const claiming = mark.callId === null ? undefined : this.#byCall.get(mark.callId);
    const current = mark.agentId === null ? undefined : this.#current.get(agent);
    if (claiming !== undefined) this.#join(claiming, mark);
    else if (current !== undefined && (mark.callId === null || !current.isExplicit))
      this.#join(current, mark);
    else if (mark.callId !== null) this.#wait(mark.callId, mark);
  }

  #join(request: Request, mark: Mark): void {
    request.members.push(mark.seq);
    this.#of.set(mark.seq, request);
    if (mark.kind === "tool") this.#use(request, mark);
    if (!mark.isStep && mark.failed) request.failures += 1;
    request.startMs = Math.min(request.startMs, mark.startMs);
    request.endMs = Math.max(request.endMs, mark.endMs);
  }

  #use(request: Request, { tool }: Mark): void {
    request.calls += 1;
    if (tool === null || request.tools.length >= MAX_TOOLS || request.tools.includes(tool)) return;
    request.tools.push(tool);
  }

  #wait(callId: string, mark: Mark): void {
    const [oldest] = this.#waiting.keys();
    if (this.#waiting.size >= MAX_WAITING && oldest !== undefined) this.#waiting.delete(oldest);
    this.#waiting.set(callId, [...(this.#waiting.get(callId) ?? []), mark]);
  }
}

function leaveNewest(calls: Map<unknown, unknown>): void {
  for (const oldest of calls.keys()) {
    if (calls.size <= RECENT_CALLS) return;
    calls.delete(oldest);
  }
}
