import { RunNotFound, SessionNotFound } from "../domain/errors.js";
import type { FoundRun } from "../domain/reading.js";
import { inOrder } from "../domain/run-documents.js";
import type { OpenRun } from "../domain/runs.js";
import type { Session } from "../domain/session.js";
import type { Recorder } from "../recorder.js";
import { endFrame, noRunFrame, RunFrames, type FollowedRun } from "./run-frames.js";
import type { FindStream, FoundStream } from "./sse.js";

/** A run's events from its first, or from where its reader left off, to its end. */
export function runStream(runId: string): FindStream {
  return async (recorder, after = 0) => {
    let [found, session] = await look(recorder, runId);
    // One that has ended between the two answers is in the index by now.
    if (found.endSeq === null && !session.runs.open.has(runId)) {
      [found, session] = await look(recorder, runId);
    }
    const open = session.runs.open.get(runId);
    const ended = open === undefined ? endOf(found, session) : interruptionOf(open, session);
    return streamOf(session, found.startSeq, after, { runId, seq: session.seq, ended });
  };
}

/** The session second, so that it is as it is when the stream begins. */
async function look(recorder: Recorder, runId: string): Promise<[FoundRun, Session]> {
  const found = await recorder.index.run(runId);
  if (found === undefined) throw new RunNotFound(runId);
  try {
    return [found, await recorder.sessions.get(found.summary.sessionId)];
  } catch (error) {
    throw error instanceof SessionNotFound ? new RunNotFound(runId) : error;
  }
}

/**
 * The same of whichever of the session's running runs began last. A place that is another run's is no place
 * to resume this one from: it comes from its first event.
 */
export function activeRunStream(sessionId: string): FindStream {
  return async ({ sessions }, place = 0) => {
    const last = place === 0 ? undefined : await sessions.event(sessionId, place);
    const session = await sessions.get(sessionId);
    const run = inOrder(session.runs).findLast(({ interruptedAt }) => interruptedAt === null);
    if (run === undefined) return { only: noRunFrame(sessionId) };
    const after = last?.data.runId === run.runId ? place : 0;
    return streamOf(session, run.seq, after, { runId: run.runId, seq: session.seq });
  };
}

function endOf({ endSeq, summary }: FoundRun, session: Session): FollowedRun["ended"] {
  return { seq: endSeq ?? session.seq, status: summary.status };
}

function interruptionOf({ interruptedAt }: OpenRun, session: Session): FollowedRun["ended"] {
  return interruptedAt === null ? undefined : { seq: session.seq, status: "interrupted" };
}

function streamOf(session: Session, startSeq: number, after: number, run: FollowedRun): FoundStream {
  if (run.ended !== undefined && after >= run.ended.seq) {
    return { only: endFrame(run.runId, run.ended.status) };
  }
  const { sessionId, seq: lastSeq } = session;
  return { sessionId, after: Math.max(startSeq - 1, after), lastSeq, wrapping: new RunFrames(run) };
}
