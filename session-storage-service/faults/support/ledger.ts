import type { EventType } from "session-protocol";
import type { Call } from "./client.js";

export interface SentEvent {
  id: string;
  type: EventType;
  data: Record<string, unknown>;
}

/** One request: its events are stored together or not at all. */
export interface Write {
  writer: string;
  call: Call;
  events: readonly SentEvent[];
  /** Set once acknowledged: the number its first event was stored under. Until then it is in doubt. */
  firstSeq?: number;
}

/** What the writers sent and were told. The service is held to it after every fault. */
export class Ledger {
  readonly #writes = new Map<string, Write[]>();

  get sessions(): string[] {
    return [...this.#writes.keys()];
  }

  open(sessionId: string): void {
    this.#writes.set(sessionId, []);
  }

  /** Call before sending: a write that was never recorded must not turn up. */
  record(sessionId: string, write: Write): void {
    this.writes(sessionId).push(write);
  }

  writes(sessionId: string): Write[] {
    const writes = this.#writes.get(sessionId);
    if (!writes) throw new Error(`${sessionId} is not in the ledger`);
    return writes;
  }

  acknowledged(sessionId: string): Write[] {
    return this.writes(sessionId).filter(({ firstSeq }) => firstSeq !== undefined);
  }

  get acknowledgedEvents(): number {
    const writes = this.sessions.flatMap((sessionId) => this.acknowledged(sessionId));
    return writes.reduce((sum, { events }) => sum + events.length, 0);
  }
}
