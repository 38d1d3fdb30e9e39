import type { ForkOrigin } from "session-protocol";
import { decide, type Command, type MakeId } from "./decide.js";
import { RecorderError, SessionExists, SessionNotFound, StateTooLarge } from "./errors.js";
import type { NewEvent, StoredEvent } from "./events.js";
import { evolve, type Session } from "./session.js";
import type { Creation, Outcome } from "./submission.js";

export interface DraftParts {
  readonly makeId: MakeId;
  /** ISO 8601 of now. */
  readonly timestamp: () => string;
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

  add(event: StoredEvent, forkedFrom: ForkOrigin): void {
    const data = event.type === "session_created" ? { ...event.data, forkedFrom } : event.data;
    const raw = data === event.data ? event.raw : JSON.stringify(data);
    const copied = { ...event, sessionId: this.sessionId, offset: 0, data, raw };
    this.events.push(copied);
    this.#session = evolve(this.#session, copied);
  }
}

/** A submission being decided: the session as it would become, and the events that make it so. */
export class Draft implements Drafted {
  readonly events: StoredEvent[] = [];
  readonly outcomes: Outcome[] = [];
  readonly timestamp: string;
  readonly created: boolean;
  session: Session;

  /** @param stateChars at least what the accepted state takes as JSON */
  constructor(
    private readonly sessionId: string,
    private readonly parts: DraftParts,
    accepted: Session | undefined,
    create: Creation | undefined,
    public stateChars: number,
  ) {
    this.timestamp = parts.timestamp();
    this.created = accepted === undefined;
    if (accepted !== undefined) {
      if (create !== undefined && create.data.userId !== accepted.profile.userId)
        throw new SessionExists(sessionId, "and belongs to another user");
      this.session = accepted;
      return;
    }
    if (create === undefined) throw new SessionNotFound(sessionId);
    const { id, data } = create;
    this.session = this.#push(undefined, {
      type: "session_created",
      id: id ?? parts.makeId(),
      data,
      raw: JSON.stringify(data),
    });
  }

  add(command: Command, index: number | undefined): void {
    const decision = this.#refusing(index, () => decide(this.session, command, this.parts.makeId));
    if ("existing" in decision) {
      this.outcomes.push({ seq: decision.existing, duplicate: true });
      return;
    }
    this.#refusing(index, () => {
      for (const event of decision.events) this.session = this.#push(this.session, event);
    });
    this.outcomes.push({ seq: this.session.seq, duplicate: false });
  }

  /** Runs `work`; a refusal names the command it is about. */
  #refusing<T>(index: number | undefined, work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (index === undefined || !(error instanceof RecorderError)) throw error;
      throw error.under(`events.${String(index)}`);
    }
  }

  #push(session: Session | undefined, { type, id, data, raw }: NewEvent): Session {
    const seq = (session?.seq ?? 0) + 1;
    const event: StoredEvent = {
      type,
      sessionId: this.sessionId,
      seq,
      offset: 0,
      id,
      timestamp: this.timestamp,
      data,
      raw,
    };
    this.events.push(event);
    const evolved = evolve(session, event);
    if (STATE_TYPES.has(type)) this.#boundState(evolved, raw.length + RECORD_CHARS);
    return evolved;
  }

  /** The state is measured only when what was added to it might have made it too large. */
  #boundState({ state }: Session, addedChars: number): void {
    this.stateChars += addedChars;
    if (this.stateChars <= this.parts.maxStateChars) return;
    this.stateChars = JSON.stringify(state).length;
    if (this.stateChars > this.parts.maxStateChars) throw new StateTooLarge(this.parts.maxStateChars);
  }
}
