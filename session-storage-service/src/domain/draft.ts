import { decide, type Around, type Command, type MakeId } from "./decide.js";
import { RecorderError, SessionExists, SessionNotFound, StateTooLarge } from "./errors.js";
import type { NewEvent, StoredEvent } from "./events.js";
import { ownCopy, type OwnSession } from "./own-session.js";
import type { CostOf } from "./prices.js";
import { openRun } from "./runs.js";
import { advance, evolve, type Forking, type Session } from "./session.js";
import type { Creation, Outcome } from "./submission.js";

export interface DraftParts {
  readonly makeId: MakeId;
  /** ISO 8601 of now. */
  readonly timestamp: () => string;
  readonly costOf: CostOf;
  /** How many characters a session's state may take as JSON. */
  readonly maxStateChars: number;
}

/** Events that can make the state larger. */
const STATE_TYPES = new Set([
  "state_updated",
  "goal_added",
  "goal_updated",
  "agent_spawned",
  "agent_completed",
]);
/** What the service adds to a record: its times, seq and status. */
const RECORD_CHARS = 256;

/** What an append needs to know of how its events came to be. */
export interface Drafted {
  readonly events: StoredEvent[];
  readonly outcomes: Outcome[];
  readonly timestamp: string;
  readonly created: boolean;
  readonly session: Session;
}

/** History being copied: events keep their seq, id and time. */
export class Copy implements Drafted {
  readonly events: StoredEvent[] = [];
  readonly outcomes: Outcome[] = [];
  readonly created: boolean;
  #session: Session | undefined;

  constructor(
    private readonly sessionId: string,
    session: Session | undefined,
  ) {
    this.created = session === undefined;
    this.#session = session;
  }

  get session(): Session {
    if (this.#session === undefined) throw new Error("nothing was copied");
    return this.#session;
  }

  get timestamp(): string {
    return this.session.updated;
  }

  add(event: StoredEvent, forkedFrom: Forking): void {
    const data = event.type === "session_created" ? { ...event.data, forkedFrom } : event.data;
    const raw = data === event.data ? event.raw : JSON.stringify(data);
    const copied = { ...event, sessionId: this.sessionId, offset: 0, data, raw };
    this.events.push(copied);
    this.#session = evolve(this.#session, copied);
  }
}

/** A submission being decided: the session as it would become, and the events that make it so. */
export class Draft implements Drafted, Around {
  readonly events: StoredEvent[] = [];
  readonly outcomes: Outcome[] = [];
  readonly timestamp: string;
  readonly created: boolean;
  readonly costOf: CostOf;
  endedRuns: Map<string, number> | undefined;
  /** The accepted session until the first event, from then on a copy of the draft's own. */
  #session: Session;
  #own: OwnSession | undefined;

  /** @param stateChars at least what the accepted state takes as JSON */
  constructor(
    private readonly sessionId: string,
    private readonly parts: DraftParts,
    accepted: Session | undefined,
    create: Creation | undefined,
    public stateChars: number,
  ) {
    this.timestamp = parts.timestamp();
    this.costOf = parts.costOf;
    this.created = accepted === undefined;
    if (accepted !== undefined) {
      if (create !== undefined && create.data.userId !== accepted.profile.userId)
        throw new SessionExists(sessionId, "and belongs to another user");
      this.#session = accepted;
      return;
    }
    if (create === undefined) throw new SessionNotFound(sessionId);
    const { id, data } = create;
    const event = this.#numbered(
      { type: "session_created", id: id ?? parts.makeId(), data, raw: JSON.stringify(data) },
      1,
    );
    this.#session = this.#own = evolve(undefined, event);
  }

  /** The session as it would become. To be kept only once nothing more is added. */
  get session(): Session {
    return this.#session;
  }

  /** The run is known to have ended; it began under `seq`. */
  runEnded(runId: string, seq: number): void {
    (this.endedRuns ??= new Map()).set(runId, seq);
  }

  add(command: Command, index: number | undefined): void {
    try {
      this.outcomes.push(this.#add(command));
    } catch (error) {
      if (index === undefined || !(error instanceof RecorderError)) throw error;
      throw error.ofEvent(index);
    }
  }

  #add(command: Command): Outcome {
    const decision = decide(this.#session, command, this.parts.makeId, this);
    if ("existing" in decision) return { seq: decision.existing, duplicate: true };
    for (const event of decision.events) this.#push(event);
    return { seq: this.#session.seq, duplicate: false };
  }

  #push(decided: NewEvent): void {
    const { type, data } = decided;
    if (type === "execution_completed" || type === "execution_failed") this.#noteEnd(data.runId);
    const own = (this.#own ??= ownCopy(this.#session));
    this.#session = own;
    advance(own, this.#numbered(decided, own.seq + 1));
    if (STATE_TYPES.has(type)) this.#boundState(own, decided.raw.length + RECORD_CHARS);
  }

  #numbered({ type, id, data, raw }: NewEvent, seq: number): StoredEvent {
    const { sessionId, timestamp } = this;
    const event: StoredEvent = { type, sessionId, seq, offset: 0, id, timestamp, data, raw };
    this.events.push(event);
    return event;
  }

  #noteEnd(runId: unknown): void {
    const run = openRun(this.session.runs, runId);
    if (run !== undefined) this.runEnded(run.runId, run.seq);
  }

  /** The state is measured only when what was added to it might have made it too large. */
  #boundState({ state }: Session, addedChars: number): void {
    this.stateChars += addedChars;
    if (this.stateChars <= this.parts.maxStateChars) return;
    this.stateChars = JSON.stringify(state).length;
    if (this.stateChars > this.parts.maxStateChars) throw new StateTooLarge(this.parts.maxStateChars);
  }
}
