import { indexAtOrBefore, itself } from "./sorted-seqs.js";
import type { Boundary, Mark, Reading } from "./mark.js";
import { Requests } from "./requests.js";
import { ToolTally } from "./tool-tally.js";

export interface Bar {
  readonly runId: string;
  readonly agentId: string;
  readonly seq: number;
  readonly startMs: number;
  /** Undefined while it runs. */
  endMs: number | undefined;
  failed: boolean;
}

/** What one agent did, on a line of its own. */
export interface Lane {
  readonly agentId: string;
  label: string;
  parentAgentId: string | null;
  failed: boolean;
  readonly runs: Bar[];
  /** By seq. Of very many some are left out. */
  marks: Mark[];
}

/** Lanes are drawn by the order of `rows`; `depth` is how far below the top an agent is. */
export interface LaneRow {
  readonly lane: Lane;
  readonly depth: number;
}

/** More would cost memory without end, and could not be told apart. */
const MAX_MARKS = 40_000;

/** For what no agent is named of. */
export const NOBODY = "";

/** The lanes of a session, from what the timeline and then the live feed tell. Each seq counts once. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  readonly #bars = new Map<string, Bar>();
  /** Seqs of what has failed, ascending. */
  readonly #failures: number[] = [];
  /** Calls and steps that have failed, by run. */
  readonly #failed = new Set<string>();
  #marks = 0;
  #lastSeq = 0;
  /** The event that made the session, which may have been told of after the first it held. */
  #birth: Mark | undefined;
  #firstMs = Infinity;
  #lastMs = -Infinity;

  /** Of what was added; whole only where nothing was left out. */
  readonly requests = new Requests();

  /** The timeline leaves out no call. */
  readonly tools = new ToolTally();

  /** Grows with `add`. */
  version = 0;

  get lastSeq(): number {
    return this.#lastSeq;
  }

  /** Undefined while there is nothing. */
  get span(): { readonly startMs: number; readonly endMs: number } | undefined {
    const birthMs = this.#birth?.startMs ?? Infinity;
    if (this.#firstMs === Infinity) {
      return this.#birth && { startMs: birthMs, endMs: birthMs };
    }
    return { startMs: Math.min(birthMs, this.#firstMs), endMs: this.#lastMs };
  }

  add(readings: readonly Reading[]): void {
    for (const reading of readings) {
      const { mark, boundary } = reading;
      if (mark.seq <= this.#lastSeq) continue;
      this.#lastSeq = mark.seq;
      if (mark.seq === 1) this.#birth = mark;
      else this.#extend(mark);
      this.requests.add(reading);
      this.tools.add(reading);
      if (mark.failed && !this.#isToldAgain(mark)) this.#failures.push(mark.seq);
      if (boundary !== undefined) this.#bound(boundary);
      this.#lane(this.#ownerOf(mark)).marks.push(mark);
      this.#marks += 1;
    }
    this.#settleBirth();
    if (this.#marks > MAX_MARKS) this.#thin();
    this.version += 1;
  }

  /** Whether it is the failure of a call that its step, or an action, has told of: as the service counts them. */
  #isToldAgain({ runId, callId }: Mark): boolean {
    if (runId === null || callId === null) return false;
    const part = `${runId} ${callId}`;
    const isKnown = this.#failed.has(part);
    this.#failed.add(part);
    return isKnown;
  }

  #extend({ startMs, endMs }: Mark): void {
    this.#firstMs = Math.min(this.#firstMs, startMs);
    this.#lastMs = Math.max(this.#lastMs, endMs);
  }

  /** A session begins with the first that happened in it, though the service heard of it later. */
  #settleBirth(): void {
    if (this.#birth === undefined || this.#birth.startMs <= this.#firstMs) return;
    const moved = { ...this.#birth, startMs: this.#firstMs, endMs: this.#firstMs };
    const lane = this.#lane(this.#ownerOf(moved));
    lane.marks = lane.marks.map((mark) => (mark === this.#birth ? moved : mark));
    this.#birth = moved;
  }

  get failures(): number {
    return this.#failures.length;
  }

  /** Whether more than one run has begun. */
  get hasRuns(): boolean {
    return this.#bars.size > 1;
  }

  /** What an agent is called. */
  labelOf(agentId: string): string {
    return this.#lanes.get(agentId)?.label ?? agentId;
  }

  /** Seq of the next failure after an event, or of the one before it. */
  failure(seq: number, step: 1 | -1): number | undefined {
    const at = indexAtOrBefore(this.#failures, seq, itself);
    if (step === 1) return this.#failures[at + 1];
    return this.#failures[this.#failures[at] === seq ? at - 1 : at];
  }

  /** Parents before their children, siblings in the order in which they were first told of. */
  rows(): LaneRow[] {
    const rows: LaneRow[] = [];
    const seen = new Set<Lane>();
    const walk = (lane: Lane, depth: number): void => {
      if (seen.has(lane)) return;
      seen.add(lane);
      rows.push({ lane, depth });
      for (const child of this.#lanes.values())
        if (child.parentAgentId === lane.agentId) walk(child, depth + 1);
    };
    for (const lane of this.#lanes.values()) if (!this.#hasParent(lane)) walk(lane, 0);
    // Agents that name each other as parents are shown all the same.
    for (const lane of this.#lanes.values()) walk(lane, 0);
    return rows;
  }

  /** Leaves out every other mark of what went well. */
  #thin(): void {
    this.#marks = 0;
    for (const lane of this.#lanes.values()) {
      lane.marks = lane.marks.filter(
        ({ failed, kind }, index) => failed || kind === "prompt" || index % 2 === 0,
      );
      this.#marks += lane.marks.length;
    }
  }

  /** Of what names no agent, the one whose run it belongs to. */
  #ownerOf({ agentId, runId }: Mark): string {
    return agentId ?? (runId === null ? undefined : this.#bars.get(runId)?.agentId) ?? NOBODY;
  }

  #hasParent({ parentAgentId }: Lane): boolean {
    return parentAgentId !== null && this.#lanes.has(parentAgentId);
  }

  #lane(agentId: string): Lane {
    let lane = this.#lanes.get(agentId);
    if (lane === undefined) {
      const label = agentId === NOBODY ? "session" : agentId;
      lane = { agentId, label, parentAgentId: null, failed: false, runs: [], marks: [] };
      this.#lanes.set(agentId, lane);
    }
    return lane;
  }

  #bound(boundary: Boundary): void {
    switch (boundary.kind) {
      case "agent_spawned": {
        const lane = this.#lane(boundary.agentId);
        lane.label = boundary.label;
        lane.parentAgentId = boundary.parentAgentId;
        return;
      }
      case "agent_ended":
        this.#lane(boundary.agentId).failed = boundary.failed;
        return;
      case "run_started": {
        const { runId, agentId, seq, atMs: startMs } = boundary;
        const bar: Bar = { runId, agentId, seq, startMs, endMs: undefined, failed: false };
        this.#bars.set(runId, bar);
        this.#lane(agentId).runs.push(bar);
        return;
      }
      case "run_ended": {
        const bar = this.#bars.get(boundary.runId);
        if (bar === undefined) return;
        // The sender's clock may have been set back meanwhile.
        bar.endMs = boundary.atMs < bar.startMs ? bar.startMs + boundary.durationMs : boundary.atMs;
        bar.failed = boundary.failed;
      }
    }
  }
}
