import { runPartOf, stripped } from "../domain/expired-runs.js";
import type { StoredEvent } from "../domain/events.js";
import type { ExpiredRun } from "../domain/retention.js";
import type { RunTotals } from "../domain/runs.js";
import { asLatin1, decodeEvent, encodeLine, type LogKind } from "./log-line.js";
import { SeqList } from "./seq-list.js";

const RUN_IDS = /"runId"\s*:\s*"([A-Za-z0-9._-]+)"/g;

export interface ExpiredRuns {
  readonly sessionId: string;
  readonly runs: ReadonlyMap<string, ExpiredRun>;
  /** Of those that never ended. */
  readonly totals: ReadonlyMap<string, RunTotals>;
  /** Events from this offset on may still be in the journal, from which a crash would write them anew. */
  readonly beforeOffset: number;
}

/** Takes the content out of lines of expired runs, and notes what it came across. */
export class RunStripper {
  /** Of all events of these runs, stripped now or before. */
  readonly seqs = new SeqList();
  /** Runs with events too new to be stripped: all of them has to stay until it can go together. */
  readonly late = new Set<string>();

  constructor(private readonly expired: ExpiredRuns) {}

  strip(kind: LogKind, line: string): string {
    if (!this.#mentions(line)) return line;
    const event = decodeEvent(kind, this.expired.sessionId, line);
    const run = event && this.expired.runs.get(runPartOf(event) ?? "");
    if (event === undefined || run === undefined) return line;
    if (event.offset >= this.expired.beforeOffset || isNewer(event, run)) {
      this.late.add(run.runId);
      return line;
    }
    this.seqs.add(event.seq);
    if (event.expired === true) return line;
    return asLatin1(encodeLine(stripped(event, this.expired.totals.get(run.runId))).slice(0, -1));
  }

  /** Cheap for most lines. What a sender has escaped is looked at in any case. */
  #mentions(line: string): boolean {
    for (const [, runId = ""] of line.matchAll(RUN_IDS)) {
      if (this.expired.runs.has(runId)) return true;
    }
    return line.includes("\\u");
  }
}

/** Whether it came after the run's end, and its own time is not over. */
function isNewer({ timestamp, expired }: StoredEvent, { upTo }: ExpiredRun): boolean {
  return expired !== true && timestamp > upTo;
}
