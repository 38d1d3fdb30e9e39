import { runPartOf, stripped } from "../domain/expired-runs.js";
import type { RunTotals } from "../domain/runs.js";
import { asLatin1, decodeEvent, encodeLine, type LogKind } from "./log-line.js";

const RUN_IDS = /"runId"\s*:\s*"([A-Za-z0-9._-]+)"/g;

export interface ExpiredRuns {
  readonly sessionId: string;
  readonly runIds: ReadonlySet<string>;
  /** Of those that never ended. */
  readonly totals: ReadonlyMap<string, RunTotals>;
  /** Events from this offset on may still be in the journal, from which a crash would write them anew. */
  readonly beforeOffset: number;
}

/** Takes the content out of lines of expired runs, and notes what it came across. */
export class RunStripper {
  /** Of all events of these runs, stripped now or before. */
  readonly seqs: number[] = [];
  /** Runs with events too new to be stripped. */
  readonly late = new Set<string>();

  constructor(private readonly runs: ExpiredRuns) {}

  strip(kind: LogKind, line: string): string {
    if (!this.#mentions(line)) return line;
    const event = decodeEvent(kind, this.runs.sessionId, line);
    const runId = event === undefined ? undefined : runPartOf(event);
    if (event === undefined || runId === undefined || !this.runs.runIds.has(runId)) return line;
    if (event.offset >= this.runs.beforeOffset) {
      this.late.add(runId);
      return line;
    }
    this.seqs.push(event.seq);
    if (event.expired === true) return line;
    return asLatin1(encodeLine(stripped(event, this.runs.totals.get(runId))).slice(0, -1));
  }

  /** Cheap for most lines. What a sender has escaped is looked at in any case. */
  #mentions(line: string): boolean {
    for (const [, runId = ""] of line.matchAll(RUN_IDS)) {
      if (this.runs.runIds.has(runId)) return true;
    }
    return line.includes("\\u");
  }
}
