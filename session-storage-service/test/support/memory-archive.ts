import { EventIds } from "../../src/domain/event-ids.js";
import type { StoredEvent } from "../../src/domain/events.js";
import type { SessionArchive } from "../../src/domain/ports.js";
import { addKeys } from "../../src/domain/run-keys.js";
import type { Session } from "../../src/domain/session.js";
import { isIncompleteFork } from "../../src/domain/sessions.js";
import { foldAll } from "./fold-all.js";

/** Session files in memory. Each question takes as long as `pause` does. */
export class MemoryArchive implements SessionArchive {
  readonly released: string[] = [];
  readonly #files = new Map<string, StoredEvent[]>();
  readonly #deletions: StoredEvent[] = [];

  constructor(private readonly pause: (what: string) => Promise<unknown> = () => Promise.resolve()) {}

  /** What the projection does with durable events. */
  apply({ sessionId }: Session, events: readonly StoredEvent[]): void {
    const deletion = events.find(({ type }) => type === "session_deleted");
    if (deletion !== undefined) {
      this.#deletions.push(deletion);
      return;
    }
    this.#files.set(sessionId, [...this.stored(sessionId), ...events]);
  }

  stored(sessionId: string): readonly StoredEvent[] {
    return this.#files.get(sessionId) ?? [];
  }

  async load(sessionId: string): Promise<Session | undefined> {
    const events = this.stored(sessionId);
    await this.pause("load");
    const session = foldAll(events);
    return session === undefined || isIncompleteFork(session) ? undefined : session;
  }

  async eventIds(sessionId: string): Promise<EventIds> {
    const events = this.stored(sessionId);
    await this.pause("eventIds");
    const ids = new EventIds();
    for (const event of events) addKeys(ids, event, event.seq);
    return ids;
  }

  async event(sessionId: string, seq: number): Promise<StoredEvent | undefined> {
    await this.pause("event");
    return this.stored(sessionId).find((event) => event.seq === seq);
  }

  async *events(sessionId: string, after: number, upTo: number): AsyncGenerator<StoredEvent[]> {
    await this.pause("events");
    const found = this.stored(sessionId).filter(({ seq }) => seq > after && seq <= upTo);
    for (let start = 0; start < found.length; start += 2) {
      await this.pause("event");
      yield found.slice(start, start + 2);
    }
  }

  deletion(sessionId: string, id: string): StoredEvent | undefined {
    return this.#deletions.find((event) => event.sessionId === sessionId && event.id === id);
  }

  async remove(sessionId: string): Promise<void> {
    await this.pause("remove");
    this.#files.delete(sessionId);
  }

  isSettled(): boolean {
    return true;
  }

  release(sessionId: string): void {
    this.released.push(sessionId);
  }
}
