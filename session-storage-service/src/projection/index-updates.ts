import { createHash } from "node:crypto";
import type { Metadata } from "session-protocol";
import type { Changes, PackedSummary } from "./index-messages.js";
import { COUNTABLE, countableOf, type Countable, type Totals } from "./index-totals.js";
import { asText, bindable, type Sqlite } from "./sqlite.js";

/** Told of what a committed change means for the text of a session. */
export interface TextChanges {
  changed(session: { number: number; sessionId: string; seq: number }, seqBefore: number): void;
  removed(session: { number: number; sessionId: string }, unindexed: number): void;
}

interface Known extends Countable {
  readonly number: number;
  readonly profile: string;
  readonly firstOffset: number;
  readonly lastOffset: number;
}

interface SessionRow {
  readonly metadata: Metadata;
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly storageBytes: number;
  readonly profile: string;
}

/** What a change did, to be told once it is committed. */
interface Effect {
  readonly number: number;
  readonly sessionId: string;
  readonly before: Countable | undefined;
  readonly after: Countable | undefined;
  /** Events of a removed session whose text was not indexed. */
  readonly unindexed?: number;
}

const FIND = `SELECT ${COUNTABLE}, number, CAST(profile AS BLOB), first_offset, last_offset FROM sessions
  WHERE session_id = ?`;
const INSERT = `INSERT INTO sessions(session_id, user_id, parent, created, first_offset, profile, updated, last_offset,
  status, seq, input, output, cache_read, cache_write, total, cost_usd, storage_bytes)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number`;
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
      const done = [
        ...deleted.flatMap((sessionId) => this.#remove(sessionId) ?? []),
        ...summaries.map((summary) => this.#put(summary)),
      ];
      this.database.run("UPDATE applied SET offset = ?", appliedOffset);
      return done;
    });
    for (const { number, sessionId, before, after, unindexed = 0 } of effects) {
      this.totals.replace(before, after);
      if (after === undefined) this.text.removed({ number, sessionId }, unindexed);
      else this.text.changed({ number, sessionId, seq: after.seq }, before?.seq ?? 0);
    }
  }

  #put({ metadata: json, storageBytes, ...summary }: PackedSummary): Effect {
    const metadata = JSON.parse(json) as Metadata;
    const { sessionId, status, seq, tokenUsage, costUsd } = metadata;
    const known = this.#find(sessionId);
    const firstOffset = summary.firstOffset || (known?.firstOffset ?? 0);
    const lastOffset = summary.lastOffset || (known?.lastOffset ?? 0);
    const after: Countable = { status, seq, tokenUsage, costUsd, storageBytes };
    const row: SessionRow = {
      metadata,
      firstOffset,
      lastOffset,
      storageBytes,
      profile: profileOf(metadata, firstOffset),
    };
    const number = known?.number ?? this.#insert(row);
    if (known !== undefined) this.#update(known, row);
    if (known?.profile !== row.profile) this.#describe(number, metadata);
    this.database.run(SET_METADATA, number, json);
    return { number, sessionId, before: known, after };
  }

  #find(sessionId: string): Known | undefined {
    const [row] = this.database.rows(FIND, sessionId);
    if (row === undefined) return undefined;
    const [number, profile, firstOffset, lastOffset] = row.slice(-4);
    return {
      ...countableOf(row),
      number: Number(number),
      profile: asText(profile),
      firstOffset: Number(firstOffset),
      lastOffset: Number(lastOffset),
    };
  }

  #insert({ metadata, firstOffset, lastOffset, storageBytes, profile }: SessionRow): number {
    const { sessionId, userId, parentSession, created, updated, status } = metadata;
    const identity = [
      sessionId,
      bindable(userId),
      parentSession,
      created,
      firstOffset,
      profile,
      updated,
      lastOffset,
    ];
    const [row] = this.database.rows(INSERT, ...identity, status, ...totalsOf(metadata), storageBytes);
    return Number(row?.[0]);
  }

  #update({ number, profile }: Known, row: SessionRow): void {
    const { userId, parentSession, created, updated, status } = row.metadata;
    this.database.run(
      UPDATE_TOTALS,
      updated,
      row.lastOffset,
      ...totalsOf(row.metadata),
      row.storageBytes,
      number,
    );
    if (profile === row.profile) return;
    const identity = [bindable(userId), parentSession, created, row.firstOffset, row.profile, status];
    this.database.run(UPDATE_PROFILE, ...identity, number);
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
    const [progress] = this.database.rows("SELECT seq FROM text_progress WHERE number = ?", known.number);
    for (const table of TABLES_BY_NUMBER)
      this.database.run(`DELETE FROM ${table} WHERE number = ?`, known.number);
    this.database.run("INSERT INTO erasing(number) VALUES (?)", known.number);
    return {
      number: known.number,
      sessionId,
      before: known,
      after: undefined,
      unindexed: known.seq - Number(progress?.[0] ?? 0),
    };
  }
}

function totalsOf({ seq, tokenUsage, costUsd }: Metadata): number[] {
  const { input, output, cacheRead, cacheWrite, total } = tokenUsage;
  return [seq, input, output, cacheRead, cacheWrite, total, costUsd];
}

function profileOf(metadata: Metadata, firstOffset: number): string {
  const { userId, status, created, parentSession, name, description, tags } = metadata;
  const text = JSON.stringify([userId, status, created, parentSession, name, description, tags, firstOffset]);
  return createHash("sha1").update(text).digest("base64");
}
