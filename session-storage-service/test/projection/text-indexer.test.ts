import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { PackedSummary } from "../../src/projection/index-messages.js";
import { openIndex } from "../../src/projection/index-schema.js";
import { Totals } from "../../src/projection/index-totals.js";
import { IndexUpdates } from "../../src/projection/index-updates.js";
import type { Sqlite } from "../../src/projection/sqlite.js";
import type { BACKLOG_LIMITS } from "../../src/projection/text-backlog.js";
import { TextIndexer } from "../../src/projection/text-indexer.js";
import { Recording, type RecordedSession } from "../support/recorded-session.js";

let folder: string;
let recording: Recording;
let database: Sqlite;
let indexer: TextIndexer;
let updates: IndexUpdates;
let nowMs: number;
let warnings: string[];

beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "indexer-"));
  recording = new Recording(path.join(folder, "sessions"));
  database = openIndex(path.join(folder, "index.db"));
  nowMs = 1_000_000;
  warnings = [];
  start();
});
afterEach(() => {
  database.close();
  fs.rmSync(folder, { recursive: true });
});

function start(limits?: typeof BACKLOG_LIMITS): void {
  indexer = new TextIndexer(
    database,
    recording.sessionsFolder,
    (_level, _fields, message) => warnings.push(message),
    () => nowMs,
    limits,
  );
  updates = new IndexUpdates(database, new Totals(database), indexer, { add: () => undefined });
}

function packed({ summary }: RecordedSession): PackedSummary {
  return { ...summary, metadata: JSON.stringify(summary.metadata) };
}

function announce(...sessions: RecordedSession[]): void {
  updates.apply({ summaries: sessions.map(packed), deleted: [], appliedOffset: 0 });
}

/** Steps until there is nothing to do now; answers when there may be again. */
function work(): number {
  for (let steps = 0; steps < 1_000; steps += 1) {
    const delayMs = indexer.step();
    if (delayMs > 0) return delayMs;
  }
  throw new Error("there is no end to the work");
}

function texts(): number {
  return Number(database.rows("SELECT count(*) FROM texts")[0]?.[0]);
}

it("waits ever longer for files that do not come, without looking all the time", () => {
  announce(recording.session("s"));
  const delays: number[] = [];
  for (let tries = 0; tries < 14; tries += 1) {
    delays.push(work());
    nowMs += delays.at(-1) ?? 0;
  }
  expect(delays.slice(0, 3)).toEqual([50, 20, 20]);
  expect(delays.at(-1)).toBe(30_000);
  expect(indexer.lag).toBe(1);
  expect(warnings).toEqual([]);
});

it("takes events for lost that are in no file a minute later, while later ones are", () => {
  const session = recording.session("s").action({}).add("response", {}).action({}).write();
  fs.rmSync(path.join(session.folder, "responses.jsonl"));
  announce(session);
  nowMs += 50;
  work();
  expect(texts()).toBe(2);
  nowMs += 59_000;
  work();
  expect(texts()).toBe(2);
  nowMs += 30_000;
  work();
  expect(texts()).toBe(3);
  expect(indexer.lag).toBe(0);
  expect(warnings).toHaveLength(1);
});

it("finds what was not indexed before a restart, also among many sessions", () => {
  const sessions = Array.from({ length: 1_200 }, (_, number) => recording.session(`s${String(number)}`));
  announce(...sessions);
  sessions[1_100]?.write();
  start();
  work();
  expect(texts()).toBe(1);
  expect(indexer.lag).toBe(1_199);
});

it("does not fall behind for good when more sessions change than it remembers", () => {
  start({ remembered: 40, page: 10 });
  const sessions = Array.from({ length: 120 }, (_, number) => recording.session(`s${String(number)}`));
  announce(...sessions);
  for (const session of sessions) session.write();
  nowMs += 50;
  work();
  expect(texts()).toBe(120);
  expect(indexer.lag).toBe(0);
});

it("removes the text of deleted sessions to the last event", () => {
  const session = recording.session("s");
  for (let turn = 0; turn < 1_100; turn += 1) session.action({});
  const kept = recording.session("kept").write();
  announce(session.write(), kept);
  nowMs += 50;
  work();
  expect(texts()).toBe(1_102);
  updates.apply({ summaries: [], deleted: ["s"], appliedOffset: 0 });
  work();
  for (const table of ["sessions", "metadata", "words", "text_progress", "texts"]) {
    expect(Number(database.rows(`SELECT count(*) FROM ${table}`)[0]?.[0]), table).toBe(1);
  }
  expect(database.rows("SELECT number FROM erasing")).toEqual([]);
  expect(indexer.lag).toBe(0);
});

it("goes on removing text after a restart", () => {
  const session = recording.session("s");
  for (let turn = 0; turn < 600; turn += 1) session.action({});
  announce(session.write());
  nowMs += 50;
  work();
  updates.apply({ summaries: [], deleted: ["s"], appliedOffset: 0 });
  indexer.step();
  expect(texts()).toBe(101);
  start();
  work();
  expect(texts()).toBe(0);
});

it("keeps a chunk of work short", () => {
  const session = recording.session("s");
  for (let turn = 0; turn < 40; turn += 1) session.action({ output: "lorem ipsum ".repeat(1_400) });
  announce(session.write());
  nowMs += 50;
  const steps: number[] = [];
  for (let before = 0; before < 41; before = texts()) {
    indexer.step();
    steps.push(texts() - before);
  }
  expect(Math.max(...steps)).toBeLessThanOrEqual(5);
});
