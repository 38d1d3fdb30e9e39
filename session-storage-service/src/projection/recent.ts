import fs from "node:fs";
import path from "node:path";
import type { SessionStatus } from "session-protocol";
import { z } from "zod";
import type { Log } from "./index-messages.js";
import { RecentLinks } from "./recent-links.js";

/** What index.json says of a session, and what it is ordered by. */
export interface RecentSession {
  readonly sessionId: string;
  readonly userId: string;
  readonly created: string;
  readonly status: SessionStatus;
}

export interface RecentOptions {
  readonly dataDir: string;
  readonly log?: Log;
}

const LINKS = 10;
const LISTED = 1_000;
/** Kept beyond what is listed, so that deletions do not leave the list short. */
const KEPT = 2 * LISTED;

const LEAST_PAUSE_MS = 200;
/** Writing takes at most a twentieth of the time. */
const PAUSE_PER_WORK = 20;
const RETRY_MS = 1_000;

const IndexFile = z.record(
  z.string(),
  z.object({ userId: z.string(), created: z.string(), status: z.string() }),
);

/**
 * Keeps `recent/` and `index.json` for people and scripts: the newest sessions, newest first. Both are
 * written a moment after a change; what could not be written is tried again.
 */
export class Recent {
  /** Newest first. */
  #sessions: RecentSession[] = [];
  #known = new Map<string, RecentSession>();
  readonly #links: RecentLinks;
  readonly #file: string;
  #isListStale = false;
  #areLinksStale = false;
  #timer: NodeJS.Timeout | undefined;
  #notBeforeMs = 0;
  #isClosed = false;

  constructor(private readonly options: RecentOptions) {
    this.#links = new RecentLinks(options.dataDir);
    this.#file = path.join(options.dataDir, "index.json");
  }

  /** Takes over what an earlier process wrote, but for sessions whose folder is gone. */
  load(): void {
    this.#attempt(() => this.#links.load());
    const listed = this.#readList();
    this.#replace(listed.filter(({ sessionId }) => this.#links.exists(sessionId)));
    this.#schedule();
  }

  changed({ sessionId, userId, created, status }: RecentSession): void {
    const known = this.#known.get(sessionId);
    if (known?.status === status && known.userId === userId && known.created === created) return;
    const session = { sessionId, userId, created, status };
    if (known === undefined) this.#insert(session);
    else if (known.created === created) this.#swap(known, session);
    else this.#replace([...this.#sessions.filter((other) => other !== known), session]);
    this.#schedule();
  }

  /** Takes the session's link away before this returns, so that its folder can go. */
  removed(sessionId: string): void {
    this.#attempt(() => this.#links.remove(sessionId));
    const known = this.#known.get(sessionId);
    if (known === undefined) return;
    this.#known.delete(sessionId);
    this.#sessions = this.#sessions.filter((other) => other !== known);
    this.#stale();
    this.#schedule();
  }

  /** Starts over with these sessions. */
  rebuild(newest: readonly RecentSession[]): void {
    this.#replace(newest);
    this.#schedule();
  }

  /** Writes what is due, now. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const startedMs = performance.now();
    const isWritten = this.#attempt(() => this.#write());
    const tookMs = performance.now() - startedMs;
    const pauseMs = isWritten ? Math.max(LEAST_PAUSE_MS, tookMs * PAUSE_PER_WORK) : RETRY_MS;
    this.#notBeforeMs = startedMs + tookMs + pauseMs;
    if (this.#isListStale || this.#areLinksStale) this.#schedule();
  }

  close(): void {
    this.#isClosed = true;
    this.flush();
  }

  #insert(session: RecentSession): void {
    const place = placeOf(this.#sessions, session.created);
    if (place >= KEPT) return;
    this.#sessions.splice(place, 0, session);
    this.#known.set(session.sessionId, session);
    for (const { sessionId } of this.#sessions.splice(KEPT)) this.#known.delete(sessionId);
    this.#isListStale ||= place < LISTED;
    this.#areLinksStale ||= place < LINKS;
  }

  #swap(known: RecentSession, session: RecentSession): void {
    const place = this.#sessions.indexOf(known);
    this.#sessions[place] = session;
    this.#known.set(session.sessionId, session);
    this.#isListStale ||= place < LISTED;
  }

  #replace(sessions: readonly RecentSession[]): void {
    const sorted = [...sessions].sort((a, b) => (a.created < b.created ? 1 : a.created > b.created ? -1 : 0));
    this.#sessions = sorted.slice(0, KEPT);
    this.#known = new Map(this.#sessions.map((session) => [session.sessionId, session]));
    this.#stale();
  }

  #stale(): void {
    this.#isListStale = true;
    this.#areLinksStale = true;
  }

  #schedule(): void {
    if (this.#isClosed || !(this.#isListStale || this.#areLinksStale)) return;
    this.#timer ??= setTimeout(
      () => this.flush(),
      Math.max(0, this.#notBeforeMs - performance.now()),
    ).unref();
  }

  #write(): void {
    if (this.#areLinksStale) this.#areLinksStale = !this.#showLinks();
    if (!this.#isListStale) return;
    const entries = this.#sessions
      .slice(0, LISTED)
      .map(({ sessionId, ...entry }) => `${JSON.stringify(sessionId)}: ${JSON.stringify(entry)}`);
    const temporary = `${this.#file}.new`;
    fs.writeFileSync(temporary, entries.length === 0 ? "{}\n" : `{\n${entries.join(",\n")}\n}\n`);
    fs.renameSync(temporary, this.#file);
    this.#isListStale = false;
  }

  /** False where a session's folder is not there yet: a link to it has to wait. */
  #showLinks(): boolean {
    const newest = this.#sessions.slice(0, LINKS).map(({ sessionId }) => sessionId);
    const present = newest.filter((sessionId) => this.#links.exists(sessionId));
    this.#links.show(present);
    return present.length === newest.length;
  }

  #readList(): RecentSession[] {
    try {
      const entries = IndexFile.parse(JSON.parse(fs.readFileSync(this.#file, "utf8")));
      return Object.entries(entries).map(([sessionId, entry]) => ({ sessionId, ...entry }) as RecentSession);
    } catch (error) {
      this.options.log?.("debug", { err: error }, "index.json is missing or damaged; it is written anew");
      return [];
    }
  }

  /** Nothing here may fail its caller: these files are a convenience. */
  #attempt(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      this.options.log?.(
        "warn",
        { err: error },
        "recent/ or index.json could not be written; it is tried again",
      );
      return false;
    }
  }
}

/** Where a session made at `created` belongs: before those made earlier or at the same time. */
function placeOf(sessions: readonly RecentSession[], created: string): number {
  let low = 0;
  let high = sessions.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sessions[middle]?.created ?? "") > created) low = middle + 1;
    else high = middle;
  }
  return low;
}
