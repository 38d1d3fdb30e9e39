import fs from "node:fs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { IndexDb } from "../../src/projection/index-db.js";
import { Sqlite } from "../../src/projection/sqlite.js";
import { TestIndex } from "../support/test-index.js";

let index: TestIndex;
beforeEach(async () => {
  index = await new TestIndex().open();
});
afterEach(() => index.dispose());

it("knows after a restart up to where it is complete", async () => {
  expect(index.db.appliedOffset).toBe(0);
  index.update(index.session("a"), index.session("b"));
  await index.reopen();
  expect(index.db.appliedOffset).toBe(2);
  expect((await index.list()).ids).toEqual(["b", "a"]);
});

it("is one file once it is closed", async () => {
  index.update(index.session("a"));
  await index.db.close();
  expect(fs.readdirSync(index.dataDir).filter((name) => name.startsWith("index.db"))).toEqual(["index.db"]);
});

it("has everything in the file itself once it is durable", async () => {
  index.update(index.session("a"));
  await index.db.durable();
  const copy = new TestIndex();
  fs.copyFileSync(index.file, copy.file);
  await copy.open();
  expect(copy.db.appliedOffset).toBe(1);
  expect((await copy.list()).ids).toEqual(["a"]);
  await copy.dispose();
});

it("applies updates without being asked", async () => {
  const session = index.session("a");
  index.update(session);
  await expect.poll(() => index.db.lag).toBe(1);
  session.write();
  await expect.poll(() => index.db.lag).toBe(0);
});

it("tries an update again that could not be written, and answers as before until then", async () => {
  index.update(index.session("a"));
  await index.db.durable();
  const writer = new Sqlite(index.file);
  writer.run("BEGIN IMMEDIATE");
  index.update(index.session("b"));
  await expect(index.db.durable()).rejects.toThrow("SQLITE_BUSY");
  expect((await index.list()).ids).toEqual(["a"]);
  writer.run("ROLLBACK");
  writer.close();
  const entry = { level: "error", message: "the index could not be updated; it is tried again" };
  expect(index.logged).toContainEqual(expect.objectContaining(entry));
  await expect.poll(() => index.db.lag).toBe(2);
  await index.db.durable();
  expect((await index.list()).ids).toEqual(["b", "a"]);
});

it("can be made durable while another process reads the file", async () => {
  index.update(index.session("a"));
  await index.list();
  const reader = new Sqlite(index.file);
  reader.run("BEGIN");
  expect(reader.rows("SELECT count(*) FROM sessions")).toEqual([[1]]);
  index.update(index.session("b"));
  await index.db.durable();
  reader.run("ROLLBACK");
  // The log could not be emptied, so a commit was synced instead.
  expect(reader.rows("SELECT offset, syncs FROM applied")).toEqual([[2, 1]]);
  reader.close();
  expect((await index.list()).ids).toEqual(["b", "a"]);
});

it("answers questions asked at the same time as updates with those updates", async () => {
  const totals: Promise<{ total: number }>[] = [];
  for (let number = 1; number <= 200; number += 1) {
    index.update(index.session(`s${String(number)}`));
    totals.push(index.list({ limit: "1" }));
  }
  const counted = (await Promise.all(totals)).map(({ total }) => total);
  counted.forEach((total, number) => expect(total).toBeGreaterThan(number));
});

it("refuses questions once it is closed, and closes once", async () => {
  const asked = index.list();
  await Promise.all([index.db.close(), index.db.close()]);
  expect((await asked).total).toBe(0);
  await expect(index.list()).rejects.toThrow("the index is closed");
  await expect(index.db.durable()).rejects.toThrow("the index is closed");
});

it("ends a search that is waiting when it is closed", async () => {
  index.update(index.session("s"));
  const searching = index.found("x").catch((error: unknown) => error);
  await index.db.close();
  const outcome = await searching;
  expect(Array.isArray(outcome) || outcome instanceof Error).toBe(true);
});

it.each([
  ["that is no database", () => "rubbish ".repeat(4_096)],
  ["that was cut off", () => ""],
  ["of another version", (bytes: Buffer) => bytes.fill(9, 60, 64)],
])("begins anew with a file %s", async (_, damage) => {
  index.update(index.session("a"));
  await index.db.close();
  fs.writeFileSync(index.file, damage(fs.readFileSync(index.file)));
  await index.open();
  expect(index.db.appliedOffset).toBe(0);
  index.update(index.session("b"));
  expect((await index.list()).ids).toEqual(["b"]);
});

it("tells of damage inside the file and begins anew at the next start", async () => {
  for (let number = 0; number < 2_000; number += 1) index.update(index.session(`s${String(number)}`));
  await index.db.close();
  const bytes = fs.readFileSync(index.file);
  fs.writeFileSync(index.file, bytes.fill(0xa5, bytes.length / 2));
  await index.open();
  await expect(index.list({ limit: "1000" })).rejects.toThrow(/SQLITE_CORRUPT|SQLITE_NOTADB/);
  expect(index.logged.map(({ message }) => message)).toContainEqual(
    expect.stringContaining("the index is damaged"),
  );
  await index.reopen();
  expect(index.db.appliedOffset).toBe(0);
  expect((await index.list()).total).toBe(0);
});

it("begins anew at once where not even its tables can be told", async () => {
  index.update(index.session("s1"));
  await index.db.close();
  fs.writeFileSync(index.file, fs.readFileSync(index.file).fill(0xa5, 100));
  await index.open();
  expect([index.db.appliedOffset, (await index.list()).total]).toEqual([0, 0]);
});

it("says so where it cannot be opened", async () => {
  const file = `${index.dataDir}/none/index.db`;
  await expect(
    IndexDb.open({ file, sessionsFolder: index.sessionsFolder, log: () => undefined }),
  ).rejects.toThrow(/index\.db/);
});
