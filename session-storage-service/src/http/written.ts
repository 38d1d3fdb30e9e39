import type { EventType, State } from "session-protocol";
import type { Command } from "../domain/decide.js";
import { stateOf } from "../domain/documents.js";
import { InvalidRequest, SessionNotFound } from "../domain/errors.js";
import type { StoredEvent } from "../domain/events.js";
import { fold } from "../domain/fold.js";
import type { Outcome, Receipt } from "../domain/submission.js";
import type { FoldableEvent, Session } from "../domain/session.js";
import type { Recorder } from "../recorder.js";

export interface DuplicateMark {
  readonly duplicate?: true;
}

/** What one command came to. A repeat shows everything as it was when the first was stored. */
export class Written {
  readonly seq: number;
  readonly mark: DuplicateMark;

  constructor(
    private readonly recorder: Recorder,
    private readonly sessionId: string,
    private readonly receipt: Receipt,
    private readonly outcome: Outcome,
  ) {
    this.seq = outcome.seq;
    this.mark = outcome.duplicate ? { duplicate: true } : {};
  }

  async event(): Promise<StoredEvent | undefined> {
    const { duplicate, event, seq } = this.outcome;
    if (!duplicate) return this.receipt.events.at(-1);
    return event ?? (await this.recorder.sessions.event(this.sessionId, seq));
  }

  async state(): Promise<State> {
    if (!this.outcome.duplicate) return stateOf(this.receipt.session);
    return this.recorder.history.stateAt(this.sessionId, this.seq);
  }

  async session(): Promise<Session> {
    const { session } = this.receipt;
    if (!this.outcome.duplicate || session.seq === this.seq) return session;
    return sessionAt(this.recorder, this.sessionId, this.seq);
  }
}

/**
 * Stores one command.
 * @throws RecorderError; InvalidRequest when its id is that of a stored event of none of `types`
 */
export async function write(
  recorder: Recorder,
  sessionId: string,
  command: Command,
  types: readonly EventType[],
): Promise<Written> {
  const receipt = await recorder.sessions.submit(sessionId, { commands: [command] });
  const outcome = receipt.outcomes[0] as Outcome;
  refuseOtherType(outcome, types, "Idempotency-Key");
  return new Written(recorder, sessionId, receipt, outcome);
}

/** @throws InvalidRequest when the id, which the request gave at `path`, is that of an event of none of `types` */
export function refuseOtherType({ event }: Outcome, types: readonly EventType[], path: string): void {
  if (event === undefined || types.includes(event.type)) return;
  throw InvalidRequest.at(path, `is the id of an event of type ${event.type}`);
}

/** The session as it was right after event `seq`. Reads its whole history up to there: for rare repeats only. */
async function sessionAt({ history }: Recorder, sessionId: string, seq: number): Promise<Session> {
  let session: Session | undefined;
  for await (const piece of history.events(sessionId, { after: 0, upTo: seq })) {
    for (const { text } of piece) session = fold(session, parsed(text));
  }
  if (session === undefined) throw new SessionNotFound(sessionId);
  return session;
}

function parsed(latin1: string): FoldableEvent {
  return JSON.parse(Buffer.from(latin1, "latin1").toString("utf8")) as FoldableEvent;
}
