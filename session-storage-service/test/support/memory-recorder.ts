import { StorageFull } from "../../src/domain/errors.js";
import type { StoredEvent } from "../../src/domain/events.js";
import type { Command } from "../../src/domain/decide.js";
import type { HotSessionParts } from "../../src/domain/hot-session.js";
import type { HotLimits } from "../../src/domain/hot-cache.js";
import { NO_PRICES } from "../../src/domain/prices.js";
import type { RunOwners } from "../../src/domain/run-claims.js";
import { Sessions } from "../../src/domain/sessions.js";
import type { Receipt } from "../../src/domain/submission.js";
import { NOON } from "./events.js";
import { MemoryArchive } from "./memory-archive.js";
import { MemoryJournal } from "./memory-journal.js";

const ROOMY: HotLimits = { maxSessions: 100, maxIdBytes: 1_000_000 };

/** Sessions over a journal and files in memory. What is appended is committed at the end of the turn. */
export class MemoryRecorder {
  readonly journal = new MemoryJournal();
  readonly archive: MemoryArchive;
  readonly parts: HotSessionParts;
  readonly sessions: Sessions;
  /** How many commits still succeed. */
  commitsLeft = Infinity;
  /** Runs of other sessions, as the index would know them. */
  readonly owners = new Map<string, string>();
  readonly runOwners: RunOwners = () => Promise.resolve(this.owners);
  #made = 0;

  constructor(pause?: (what: string) => Promise<unknown>, limits: HotLimits = ROOMY) {
    this.archive = new MemoryArchive(pause);
    this.journal.onWaiting = () =>
      setImmediate(() => {
        this.commitsLeft -= 1;
        if (this.commitsLeft >= 0) this.journal.commit();
        else this.journal.fail(new StorageFull());
      });
    this.parts = {
      journal: this.journal,
      makeId: () => `made-${String((this.#made += 1))}`,
      timestamp: () => NOON,
      costOf: NO_PRICES,
      maxStateChars: 10_000,
      onStored: (session, events) => this.archive.apply(session, events),
      onHeard: () => undefined,
    };
    this.sessions = new Sessions({ ...this.parts, archive: this.archive, limits, runOwners: this.runOwners });
  }

  async create(
    sessionId: string,
    fields: { parentSession?: string; userId?: string } = {},
  ): Promise<Receipt> {
    return await this.sessions.create(sessionId, { data: { userId: "u1", initial: {}, ...fields } });
  }

  async submit(sessionId: string, ...commands: Command[]): Promise<Receipt> {
    return await this.sessions.submit(sessionId, { commands, many: commands.length > 1 });
  }

  /** Durable events of a session, as the journal has them. */
  journaled(sessionId: string): StoredEvent[] {
    return this.journal.events.filter((event) => event.sessionId === sessionId);
  }
}

/** A pause that lasts until the test lets it go. `open` lets everything pass from then on. */
export class Gate {
  readonly waiting: string[] = [];
  #open = false;
  #release: (() => void)[] = [];

  readonly pass = (what: string): Promise<void> => {
    if (this.#open) return Promise.resolve();
    this.waiting.push(what);
    return new Promise((resolve) => this.#release.push(resolve));
  };

  open(): void {
    this.#open = true;
    for (const release of this.#release.splice(0)) release();
  }
}
