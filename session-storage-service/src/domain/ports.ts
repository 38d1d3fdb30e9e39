import type { EventBatch, StoredEvent } from "./events.js";
import type { EventIds } from "./event-ids.js";
import type { Session } from "./session.js";
import type { TranscriptChange } from "./transcript-changes.js";

/** Called once, in the order of appends. `failed`: nothing of the batch is stored. */
export interface AppendOutcome {
  stored(firstOffset: number): void;
  failed(error: Error): void;
}

/** The write-ahead log. What it takes is answered `stored` only when it survives power loss. */
export interface Journal {
  /** Offset of the last durable event; 0 where there is none. */
  readonly head: number;
  /**
   * Takes it for the next commit; the outcome is told later, never during the call.
   * @throws StorageUnavailable, Overloaded when it cannot be taken
   */
  append(entry: EventBatch | TranscriptChange, outcome: AppendOutcome): void;
}

/** What is known of a session that is not in memory. */
export interface SessionArchive {
  load(sessionId: string): Promise<Session | undefined>;
  eventIds(sessionId: string): Promise<EventIds>;
  /** One durable event, or undefined when the session has none with this seq. */
  event(sessionId: string, seq: number): Promise<StoredEvent | undefined>;
  /** Durable events after `after`, up to `upTo`, in order. */
  events(sessionId: string, after: number, upTo: number): AsyncIterable<StoredEvent[]>;
  /** What deleted a session of this id under this event id, however long ago and whatever came after it. */
  deletion(sessionId: string, id: string): StoredEvent | undefined;
  remove(sessionId: string): Promise<void>;
  /** Whether everything applied is in the session's files, so that memory may forget it. */
  isSettled(sessionId: string): boolean;
  /** Memory has forgotten the session. */
  release(sessionId: string): void;
}

/** Told of every durable change, in offset order, before anybody can read again. */
export type OnStored = (session: Session, events: readonly StoredEvent[]) => void;

export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
}
