import fs from "node:fs";
import { RUN_TABLES } from "./index-runs.js";
import { USAGE_TABLES } from "./index-usage.js";
import { isDamage, Sqlite } from "./sqlite.js";

/** Grows with every change of the tables; an index of another version is thrown away and rebuilt. */
const SCHEMA_VERSION = 7;

/** Pages kept in memory. */
const CACHE_KIB = 32_768;
/**
 * Pages of 4 KiB in the write-ahead log before it is written back: pages that change often are written once, and who
 * asks meanwhile waits for two syncs. After a crash as much is read again.
 */
const CHECKPOINT_PAGES = 16_000;

/**
 * `profile` is a digest of what rarely changes about a session (its row but for the running totals, its
 * words and tags), so that an ordinary update touches the totals only. Rows in `erasing` are numbers of
 * deleted sessions whose text is still being removed; numbers are never given out again.
 */
const TABLES = `
CREATE TABLE applied(offset INTEGER NOT NULL, syncs INTEGER NOT NULL);
INSERT INTO applied VALUES (0, 0);
CREATE TABLE sessions(
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  session_id TEXT NOT NULL UNIQUE,
  user_id TEXT NOT NULL,
  status TEXT NOT NULL,
  parent TEXT,
  created TEXT NOT NULL,
  first_offset INTEGER NOT NULL,
  profile TEXT NOT NULL,
  updated TEXT NOT NULL,
  last_offset INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  input INTEGER NOT NULL,
  output INTEGER NOT NULL,
  cache_read INTEGER NOT NULL,
  cache_write INTEGER NOT NULL,
  total INTEGER NOT NULL,
  cost_usd REAL NOT NULL,
  storage_bytes INTEGER NOT NULL,
  ended TEXT,
  expires TEXT
);
CREATE INDEX sessions_by_created ON sessions(created, first_offset);
CREATE INDEX sessions_by_updated ON sessions(updated, last_offset);
CREATE INDEX sessions_by_user ON sessions(user_id, created, first_offset);
CREATE INDEX sessions_by_status ON sessions(status, created, first_offset);
CREATE INDEX sessions_by_parent ON sessions(parent, created, first_offset) WHERE parent IS NOT NULL;
CREATE INDEX sessions_completed ON sessions(updated, last_offset) WHERE status = 'completed';
CREATE INDEX sessions_by_last_offset ON sessions(last_offset);
CREATE INDEX sessions_by_end ON sessions(ended) WHERE ended IS NOT NULL;
CREATE INDEX sessions_by_end_without_ttl ON sessions(ended) WHERE ended IS NOT NULL AND expires IS NULL;
CREATE INDEX sessions_by_expiry ON sessions(expires) WHERE expires IS NOT NULL;
CREATE TABLE metadata(number INTEGER PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE words(number INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE tags(number INTEGER NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (number, tag)) WITHOUT ROWID;
CREATE INDEX tags_by_tag ON tags(tag, number);
CREATE TABLE agents(number INTEGER NOT NULL, name TEXT NOT NULL, PRIMARY KEY (number, name)) WITHOUT ROWID;
CREATE INDEX agents_by_name ON agents(name, number);
CREATE TABLE text_progress(
  number INTEGER PRIMARY KEY,
  seq INTEGER NOT NULL,
  actions INTEGER NOT NULL,
  responses INTEGER NOT NULL,
  events INTEGER NOT NULL
);
CREATE TABLE erasing(number INTEGER PRIMARY KEY);
CREATE VIRTUAL TABLE texts USING fts5(text, type, timestamp UNINDEXED, tokenize = "unicode61 remove_diacritics 2");
${RUN_TABLES}${USAGE_TABLES}`;

const TABLE_NAMES = [
  "applied",
  "sessions",
  "metadata",
  "words",
  "tags",
  "agents",
  "text_progress",
  "erasing",
  "texts",
  "runs",
  "usage",
  "usage_sums",
];

/** The index in `file`, empty where there was none that can be used. */
export function openIndex(file: string): Sqlite {
  try {
    return opened(file, isUsable(file));
  } catch (error) {
    if (!isDamage(error)) throw error;
    return opened(file, false);
  }
}

/** @throws what the description of the tables is damaged with, where that is to be used */
function opened(file: string, usable: boolean): Sqlite {
  if (!usable) removeIndex(file);
  const database = new Sqlite(file);
  if (usable) database.rows("SELECT sum(length(sql)) FROM sqlite_schema");
  database.rows("PRAGMA journal_mode = WAL");
  database.rows(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  database.execute(`PRAGMA synchronous = NORMAL; PRAGMA cache_size = -${String(CACHE_KIB)}`);
  if (!usable) create(database);
  return database;
}

/** Throws away what the index holds. */
export function emptyIndex(database: Sqlite): void {
  database.transaction(() => {
    for (const name of TABLE_NAMES) database.execute(`DROP TABLE ${name}`);
    database.execute(TABLES);
  });
}

export function appliedOffset(database: Sqlite): number {
  return Number(database.rows("SELECT offset FROM applied")[0]?.[0] ?? 0);
}

/** What was committed survives power loss when this returns. */
export function makeDurable(database: Sqlite): void {
  if (database.checkpoint()) return;
  // A commit that is synced takes along what was committed before it; it must change something to be one.
  database.execute("PRAGMA synchronous = FULL");
  try {
    database.run("UPDATE applied SET syncs = syncs + 1");
  } finally {
    database.execute("PRAGMA synchronous = NORMAL");
  }
}

/** Sees to it that the next start begins with an empty index. */
export function condemnIndex(file: string): void {
  fs.writeFileSync(damageMark(file), "");
}

/** The checkpoint brings the version into the file itself, where `isUsable` looks for it. */
function create(database: Sqlite): void {
  database.transaction(() => {
    database.execute(TABLES);
    database.execute(`PRAGMA user_version = ${String(SCHEMA_VERSION)}`);
  });
  database.checkpoint();
}

const MAGIC = "SQLite format 3\0";
/** Where SQLite's file format keeps `user_version`, big-endian. */
const VERSION_AT = 60;

/** Looks at the file's header only: a connection could not be relied on to let go of the file in time. */
function isUsable(file: string): boolean {
  if (fs.existsSync(damageMark(file))) return false;
  const header = Buffer.alloc(VERSION_AT + 4);
  try {
    const descriptor = fs.openSync(file, "r");
    fs.readSync(descriptor, header);
    fs.closeSync(descriptor);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
  return (
    header.toString("latin1", 0, MAGIC.length) === MAGIC && header.readInt32BE(VERSION_AT) === SCHEMA_VERSION
  );
}

function removeIndex(file: string): void {
  for (const name of [file, `${file}-wal`, `${file}-shm`, damageMark(file)]) fs.rmSync(name, { force: true });
}

function damageMark(file: string): string {
  return `${file}-damaged`;
}
