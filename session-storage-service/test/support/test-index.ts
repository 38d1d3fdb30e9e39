import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { SearchQuery, SessionsQuery, type Metadata } from "session-protocol";
import { IndexDb } from "../../src/projection/index-db.js";
import { Recording, type RecordedSession } from "./recorded-session.js";

export interface LogEntry {
  readonly level: string;
  readonly fields: Record<string, unknown>;
  readonly message: string;
}

/** As long as it takes on a slow machine: what was recorded is found in the end. */
const PATIENCE_MS = 30_000;

/** An index over a folder of its own. */
export class TestIndex {
  readonly dataDir = fs.mkdtempSync(path.join(os.tmpdir(), "index-"));
  readonly file = path.join(this.dataDir, "index.db");
  readonly sessionsFolder = path.join(this.dataDir, "sessions");
  readonly recording = new Recording(this.sessionsFolder);
  readonly logged: LogEntry[] = [];
  #db: IndexDb | undefined;

  constructor(private readonly searchWaitMs = PATIENCE_MS) {}

  get db(): IndexDb {
    if (this.#db === undefined) throw new Error("the index is not open");
    return this.#db;
  }

  async open(): Promise<this> {
    this.#db = await IndexDb.open({
      file: this.file,
      sessionsFolder: this.sessionsFolder,
      searchWaitMs: this.searchWaitMs,
      log: (level, fields, message) => this.logged.push({ level, fields, message }),
    });
    return this;
  }

  /** Closes and opens it again, as the next process would. */
  async reopen(): Promise<this> {
    await this.#db?.close();
    return this.open();
  }

  async dispose(): Promise<void> {
    await this.#db?.close();
    fs.rmSync(this.dataDir, { recursive: true, force: true });
  }

  session(sessionId: string, create: Record<string, unknown> = {}): RecordedSession {
    return this.recording.session(sessionId, create);
  }

  /** Tells the index of the sessions as they are now. */
  update(...sessions: readonly RecordedSession[]): void {
    const summaries = sessions.map(({ summary }) => summary);
    this.db.update({ summaries, deleted: [], appliedOffset: this.recording.offset });
  }

  delete(...deleted: readonly string[]): void {
    this.db.update({ summaries: [], deleted, appliedOffset: this.recording.offset });
  }

  async list(
    query: Record<string, string> = {},
  ): Promise<{ ids: string[]; total: number; next: string | null }> {
    const { sessions, total, nextCursor } = await this.db.list(SessionsQuery.parse(query));
    return { ids: sessions.map((text) => (JSON.parse(text) as Metadata).sessionId), total, next: nextCursor };
  }

  search(query: Record<string, string>): ReturnType<IndexDb["search"]> {
    return this.db.search(SearchQuery.parse(query));
  }

  /** Where the words were found, as `session:seq`. */
  async found(q: string, query: Record<string, string> = {}): Promise<string[]> {
    const { hits } = await this.search({ q, ...query });
    return hits.map(({ sessionId, seq }) => `${sessionId}:${String(seq)}`);
  }
}
