import type { SessionEvent } from "session-protocol";

export interface OwnerSource {
  sessions(
    query: { readonly limit: number; readonly order: string },
    signal?: AbortSignal,
  ): Promise<{ readonly sessions: readonly { readonly sessionId: string; readonly userId: string }[] }>;
  session(
    sessionId: string,
    signal?: AbortSignal,
  ): Promise<{ readonly metadata: { readonly userId: string } }>;
}

const PRIMED = 100;
const ASKED_AT_ONCE = 4;
/** More are asked for anew. */
const MAX_KNOWN = 10_000;

/** Whose sessions are: events do not say. */
export class Owners {
  readonly #known = new Map<string, string>();
  /** Asked for, or never to be asked for again because nobody knows. */
  readonly #asked = new Set<string>();
  readonly #waiting: string[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #abort = new AbortController();
  #asking = 0;
  #version = 0;

  constructor(private readonly source: OwnerSource) {}

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly version = (): number => this.#version;

  get sessions(): readonly string[] {
    return [...this.#known.keys()];
  }

  get users(): readonly string[] {
    return [...new Set(this.#known.values())];
  }

  /** Learns those of the newest sessions. */
  async prime(): Promise<void> {
    try {
      const query = { limit: PRIMED, order: "updated" };
      const { sessions } = await this.source.sessions(query, this.#abort.signal);
      for (const { sessionId, userId } of sessions) this.#learn(sessionId, userId);
      this.#tell();
    } catch {
      // They are asked for one by one.
    }
  }

  told(events: readonly SessionEvent[]): void {
    const born = events.filter(({ type }) => type === "session_created");
    for (const { sessionId, data } of born) this.#learn(sessionId, String(data.userId));
    if (born.length > 0) this.#tell();
  }

  /** Undefined while that is not known; it is asked for. */
  of(sessionId: string): string | undefined {
    const owner = this.#known.get(sessionId);
    if (owner === undefined && !this.#asked.has(sessionId)) {
      this.#asked.add(sessionId);
      this.#waiting.push(sessionId);
      void this.#ask();
    }
    return owner;
  }

  close(): void {
    this.#abort.abort();
  }

  async #ask(): Promise<void> {
    if (this.#asking >= ASKED_AT_ONCE) return;
    this.#asking += 1;
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      try {
        const { metadata } = await this.source.session(next, this.#abort.signal);
        this.#learn(next, metadata.userId);
        this.#tell();
      } catch {
        // It is deleted, or the service is away: its events are nobody's.
      }
    }
    this.#asking -= 1;
  }

  #learn(sessionId: string, userId: string): void {
    this.#known.set(sessionId, userId);
    const [oldest] = this.#known.keys();
    if (this.#known.size <= MAX_KNOWN || oldest === undefined) return;
    this.#known.delete(oldest);
    this.#asked.delete(oldest);
  }

  #tell(): void {
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }
}
