import { metadataOf, stateOf } from "../domain/documents.js";
import type { LogName, StoredText } from "../domain/reading.js";
import type { Session } from "../domain/session.js";
import type { Recorder } from "../recorder.js";
import { elements } from "./streaming.js";

interface Tail {
  readonly entries: readonly StoredText[];
  readonly truncated: boolean;
}

/**
 * The session as one JSON document, with the last `count` entries of each log, all as of one `seq`.
 * @throws SessionNotFound before there is anything to send
 */
export async function sessionDocument(
  recorder: Recorder,
  sessionId: string,
  count: number,
): Promise<Iterable<Buffer>> {
  const session = await recorder.sessions.get(sessionId);
  const actions = await tail(recorder, session, "actions", count);
  const responses = await tail(recorder, session, "responses", count);
  return document(session, actions, responses);
}

async function tail({ history }: Recorder, session: Session, log: LogName, count: number): Promise<Tail> {
  const { sessionId, seq, metrics } = session;
  if (count === 0) return { entries: [], truncated: metrics[log] > 0 };
  return history.tail(sessionId, log, count, { after: 0, upTo: seq });
}

function* document(session: Session, actions: Tail, responses: Tail): Generator<Buffer> {
  const head = {
    metadata: metadataOf(session),
    initial: session.initial,
    state: stateOf(session),
    final: session.final,
    truncated: { actions: actions.truncated, responses: responses.truncated },
  };
  yield Buffer.from(`${JSON.stringify(head).slice(0, -1)},"actions":[`);
  yield* elements(actions.entries);
  yield Buffer.from('],"responses":[');
  yield* elements(responses.entries);
  yield Buffer.from("]}");
}
