import { fold } from "../domain/fold.js";
import type { SessionSummary } from "../domain/reading.js";
import { boundaryChanges, joined, liveChanges, NO_RUN_CHANGES } from "../domain/run-changes.js";
import type { DerivedSeqs } from "../domain/run-documents.js";
import type { Session } from "../domain/session.js";
import { changedUsage } from "../domain/usage.js";
import { readDerived } from "./documents.js";
import { storedEvents } from "./history.js";
import type { Layout } from "./layout.js";
import { runBoundaries } from "./run-events.js";
import { logsOnDisk } from "./session-writer.js";

/** So many runs are held in memory at once. */
const RUNS_AT_ONCE = 1_000;

type Stored = Pick<SessionSummary, "runs" | "usage">;

/**
 * Runs and usage of a session from its files, to be put into the index one after the other. Where its
 * documents are of different ages, its events are folded.
 */
export async function* storedRuns(
  layout: Layout,
  sessionId: string,
  derived: DerivedSeqs | undefined,
  takenOver: number,
): AsyncGenerator<Stored> {
  const known = (await readDerived(layout, sessionId, derived)) ?? (await folded(layout, sessionId));
  if (known === undefined) {
    yield {};
    return;
  }
  let runs = NO_RUN_CHANGES;
  if (known.runs.seq > 0) {
    for await (const events of runBoundaries(sessionId, logsOnDisk(layout, sessionId), 0)) {
      runs = joined(runs, boundaryChanges(events, takenOver));
      if (runs.began.length + runs.ended.length < RUNS_AT_ONCE) continue;
      yield { runs };
      runs = NO_RUN_CHANGES;
    }
  }
  yield {
    runs: { ...runs, live: liveChanges(known.runs, undefined) },
    usage: changedUsage(known.usage, undefined),
  };
}

export async function folded(layout: Layout, sessionId: string): Promise<Session | undefined> {
  let session: Session | undefined;
  for await (const events of storedEvents(sessionId, logsOnDisk(layout, sessionId), 0, Infinity)) {
    for (const event of events) session = fold(session, event);
  }
  return session;
}
