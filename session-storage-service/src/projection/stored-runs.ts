import { fold } from "../domain/fold.js";
import type { SessionSummary } from "../domain/reading.js";
import {
  boundaryChanges,
  joined,
  liveChanges,
  NO_RUN_CHANGES,
  type RunChanges,
} from "../domain/run-changes.js";
import { usageDocument, type DerivedSeqs } from "../domain/run-documents.js";
import type { Session } from "../domain/session.js";
import { readDerived } from "./documents.js";
import { storedEvents } from "./history.js";
import type { Layout } from "./layout.js";
import { runBoundaries } from "./run-events.js";
import { logsOnDisk } from "./session-writer.js";

/** Runs and usage of a session from its files. Where its documents are of different ages, its events are folded. */
export async function storedRuns(
  layout: Layout,
  sessionId: string,
  derived: DerivedSeqs | undefined,
  takenOver: number,
): Promise<Pick<SessionSummary, "runs" | "usage">> {
  const known = (await readDerived(layout, sessionId, derived)) ?? (await folded(layout, sessionId));
  if (known === undefined) return {};
  const usage = known.usage.seq === 0 ? undefined : usageDocument(known.usage).usage;
  if (known.runs.seq === 0) return { usage };
  let runs: RunChanges = { ...NO_RUN_CHANGES, live: liveChanges(known.runs, undefined) };
  for await (const events of runBoundaries(sessionId, logsOnDisk(layout, sessionId), 0)) {
    runs = joined(runs, boundaryChanges(events, takenOver));
  }
  return { runs, usage };
}

async function folded(layout: Layout, sessionId: string): Promise<Session | undefined> {
  let session: Session | undefined;
  for await (const events of storedEvents(sessionId, logsOnDisk(layout, sessionId), 0, Infinity)) {
    for (const event of events) session = fold(session, event);
  }
  return session;
}
