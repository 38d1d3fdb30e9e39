import type { HotSession } from "./hot-session.js";
import type { SessionArchive } from "./ports.js";

export interface HotLimits {
  /** How many sessions stay in memory while nobody writes to them. */
  readonly maxSessions: number;
  /** What their tables of event ids may take together. */
  readonly maxIdBytes: number;
}

/** How many entries one insertion looks at; keeps eviction's cost flat. */
const LOOKS = 8;

/** Sessions in memory, forgotten by second chance once their files hold everything. */
export class HotCache {
  readonly #sessions = new Map<string, HotSession>();

  constructor(
    private readonly limits: HotLimits,
    private readonly archive: Pick<SessionArchive, "isSettled" | "release">,
  ) {}

  get size(): number {
    return this.#sessions.size;
  }

  get(sessionId: string): HotSession | undefined {
    const hot = this.#sessions.get(sessionId);
    if (hot !== undefined) hot.used = true;
    return hot;
  }

  set(hot: HotSession): void {
    this.#sessions.set(hot.sessionId, hot);
    if (this.#sessions.size > this.limits.maxSessions) this.#evictSome(hot);
  }

  delete(hot: HotSession): void {
    if (this.#sessions.get(hot.sessionId) === hot) this.#sessions.delete(hot.sessionId);
  }

  /** Frees id tables past their budget, longest unused first. Called from time to time, not per write. */
  trim(): void {
    let bytes = 0;
    for (const hot of this.#sessions.values()) bytes += hot.ids?.bytes ?? 0;
    for (const hot of this.#sessions.values()) {
      if (bytes <= this.limits.maxIdBytes && this.#sessions.size <= this.limits.maxSessions) return;
      if (!this.#mayGo(hot)) {
        hot.used = false;
        continue;
      }
      bytes -= hot.ids?.bytes ?? 0;
      this.#sessions.delete(hot.sessionId);
      this.archive.release(hot.sessionId);
    }
  }

  /** Never `added` itself: whoever had it loaded has still to take hold of it. */
  #evictSome(added: HotSession): void {
    let looks = 0;
    for (const hot of this.#sessions.values()) {
      if (this.#sessions.size <= this.limits.maxSessions || hot === added || (looks += 1) > LOOKS) return;
      this.#sessions.delete(hot.sessionId);
      if (this.#mayGo(hot)) {
        this.archive.release(hot.sessionId);
        continue;
      }
      hot.used = false;
      this.#sessions.set(hot.sessionId, hot);
    }
  }

  #mayGo(hot: HotSession): boolean {
    return !hot.used && hot.holders === 0 && hot.pending === 0 && this.archive.isSettled(hot.sessionId);
  }
}
