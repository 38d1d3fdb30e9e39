import { createHash } from "node:crypto";
import type { Metadata } from "session-protocol";
import type { Changes, PackedSummary } from "./index-messages.js";
import { COUNTABLE_COLUMNS, countableOf, type Countable, type Totals } from "./index-totals.js";
import { bindable, type Sqlite } from "./sqlite.js";

/** Told of what a committed change means for the text of a session. */
export interface TextChanges {
  changed(session: { number: number; sessionId: string; seq: number }, seqBefore: number): void;
  removed(session: { number: number; sessionId: string }, seq: number): void;
}

interface Known extends Countable {
  readonly number: number;
  readonly profile: string;
}

/** What a change did, to be told once it is committed. */
interface Effect {
  readonly number: number;
  readonly sessionId: string;
  readonly before: Countable | undefined;
  readonly after: Countable | undefined;
}

const FIND = `SELECT ${COUNTABLE_COLUMNS}, number, profile FROM sessions WHERE session_id = ?`;
const INSERT = `INSERT INTO sessions(session_id, user_id, parent, created, first_offset, profile, updated, last_offset,
  ${COUNTABLE_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number`;
const UPDATE_PROFILE = `UPDATE sessions SET user_id = ?, parent = ?, created = ?, first_offset = ?, profile = ?, status = ?
  WHERE number = ?`;
const UPDATE_TOTALS = `UPDATE sessions SET updated = ?, last_offset = ?, seq = ?, input = ?, output = ?, cache_read = ?,
  cache_write = ?, total = ?, cost_usd = ?, storage_bytes = ? WHERE number = ?`;
const SET_METADATA = "INSERT OR REPLACE INTO metadata(number, json) VALUES (?, ?)";
const TABLES_BY_NUMBER = ["sessions", "metadata", "words", "tags", "text_progress"] as const;

/** Brings summaries into the index. */
export class IndexUpdates {
  constructor(
    private readonly database: Sqlite,
    private readonly totals: Totals,
    private readonly text: TextChanges,
  ) {}

  /** All or none. */
  apply({ deleted, summaries, appliedOffset }: Changes): void {
    const effects = this.database.transaction(() => {
      const done = [...deleted.flatMap((sessionId) => this.#remove(sessionId) ?? []), ...summaries.map((summary) => this.#put(summary))];
      this.database.run("UPDATE applied SET offset = ?", appliedOffset);
      return done;
    });
    for (const { number, sessionId, before, after } of effects) {
      this.totals.replace(before, after);
      if (after === undefined) this.text.removed({ number, sessionId }, before?.seq ?? 0);
      else this.text.changed({ number, sessionId, seq: after.seq }, before?.seq ?? 0);
    }
  }

  #put({ metadata: json, firstOffset, lastOffset, storageBytes }: PackedSummary): Effect {
    const metadata = JSON.parse(json) as Metadata;
    const { sessionId, status, seq, tokenUsage, costUsd } = metadata;
    const after: Countable = { status, seq, tokenUsage, costUsd, storageBytes };
    const known = this.#find(sessionId);
    const profile = profileOf(metadata, firstOffset);
    const number = known?.number ?? this.#insert(metadata, firstOffset, lastOffset, profile, after);
    if (known !== undefined) this.#update(known, metadata, firstOffset, lastOffset, profile, after);
    if (known?.profile !== profile) this.#describe(number, metadata);
    this.database.run(SET_METADATA, number, json);
    return { number, sessionId, before: known, after };
  }

  #find(sessionId: string): Known | undefined {
    const [row] = this.database.rows(FIND, sessionId);
    return row && { ...countableOf(row), number: Number(row.at(-2)), profile: String(row.at(-1)) };
  }

  #insert(metadata: Metadata, firstOffset: number, lastOffset: number, profile: string, { storageBytes }: Countable): number {
    const { sessionId, userId, parentSession, created, updated, status, seq, tokenUsage, costUsd } = metadata;
    const { input, output, cacheRead, cacheWrite, total } = tokenUsage;
    const identity = [sessionId, bindable(userId), parentSession, created, firstOffset, profile, updated, lastOffset];
    const totals = [status, seq, input, output, cacheRead, cacheWrite, total, costUsd, storageBytes];
    return Number(this.database.rows(INSERT, ...identity, ...totals)[0]?.[0]);
  }

  #update(
    known: Known,
    { userId, parentSession, created, updated, status }: Metadata,
    firstOffset: number,
    lastOffset: number,
    profile: string,
    { seq, tokenUsage, costUsd, storageBytes }: Countable,
  ): void {
    const { input, output, cacheRead, cacheWrite, total } = tokenUsage;
    const totals = [seq, input, output, cacheRead, cacheWrite, total, costUsd, storageBytes];
    this.database.run(UPDATE_TOTALS, updated, lastOffset, ...totals, known.number);
    if (known.profile === profile) return;
    this.database.run(UPDATE_PROFILE, bindable(userId), parentSession, created, firstOffset, profile, status, known.number);
  }

  /** What `q` and `tag` look into. */
  #describe(number: number, { sessionId, userId, name, description, tags }: Metadata): void {
    const words = [sessionId, userId, name ?? "", description ?? "", ...tags].join("\n").toLowerCase();
    this.database.run("INSERT OR REPLACE INTO words(number, text) VALUES (?, ?)", number, bindable(words));
    this.database.run("DELETE FROM tags WHERE number = ?", number);
    for (const tag of new Set(tags.map(bindable))) {
      this.database.run("INSERT INTO tags(number, tag) VALUES (?, ?)", number, tag);
    }
  }

  #remove(sessionId: string): Effect | undefined {
    const known = this.#find(sessionId);
    if (known === undefined) return undefined;
    for (const table of TABLES_BY_NUMBER) this.database.run(`DELETE FROM ${table} WHERE number = ?`, known.number);
    this.database.run("INSERT INTO erasing(number) VALUES (?)", known.number);
    return { number: known.number, sessionId, before: known, after: undefined };
  }
}

function profileOf(metadata: Metadata, firstOffset: number): string {
  const { userId, status, created, parentSession, name, description, tags } = metadata;
  const text = JSON.stringify([userId, status, created, parentSession, name, description, tags, firstOffset]);
  return createHash("sha1").update(text).digest("base64");
}
