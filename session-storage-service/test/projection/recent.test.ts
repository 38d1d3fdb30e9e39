import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Recent, type RecentSession } from "../../src/projection/recent.js";

const LEAST_PAUSE_MS = 200;

let dataDir: string;
let recent: Recent;
let problems: string[];

beforeEach(() => {
  dataDir = fs.mkdtempSync(path.join(os.tmpdir(), "recent-"));
  problems = [];
  start();
});
afterEach(() => {
  recent.close();
  fs.rmSync(dataDir, { recursive: true });
});

function start(): void {
  recent = new Recent({
    dataDir,
    log: (level, _fields, message) => {
      if (level === "warn") problems.push(message);
    },
  });
  recent.load();
}

function made(number: number, fields: Partial<RecentSession> = {}): RecentSession {
  const created = new Date(Date.UTC(2026, 0, 1) + number * 1_000).toISOString();
  return { sessionId: `s${String(number)}`, userId: "ana", created, status: "active", ...fields };
}

function folderOf({ sessionId }: RecentSession): string {
  return path.join(dataDir, "sessions", sessionId);
}

function record(...sessions: RecentSession[]): void {
  for (const session of sessions) {
    fs.mkdirSync(folderOf(session), { recursive: true });
    recent.changed(session);
  }
}

const range = (from: number, to: number): RecentSession[] =>
  Array.from({ length: to - from + 1 }, (_, number) => made(from + number));
const links = (): string[] => fs.readdirSync(path.join(dataDir, "recent")).sort();
const listed = (): Record<string, unknown> =>
  JSON.parse(fs.readFileSync(path.join(dataDir, "index.json"), "utf8")) as Record<string, unknown>;

it("shows nothing in an empty folder", () => {
  recent.flush();
  expect(links()).toEqual([]);
  expect(listed()).toEqual({});
});

it("links the ten newest, newest first, to their folders", () => {
  record(...range(1, 12));
  recent.flush();
  const newest = range(3, 12)
    .reverse()
    .map(({ sessionId }, index) => `${String(index + 1).padStart(2, "0")}-${sessionId}`);
  expect(links()).toEqual(newest);
  expect(fs.readlinkSync(path.join(dataDir, "recent", "01-s12"))).toBe("../sessions/s12");
  record(made(13));
  recent.flush();
  expect(links()).toHaveLength(10);
  expect(links().slice(0, 2)).toEqual(["01-s13", "02-s12"]);
});

it("lists the thousand newest with user, time and status", () => {
  record(...range(1, 1_005));
  recent.changed(made(1_005, { status: "failed" }));
  recent.flush();
  const entries = Object.entries(listed());
  expect(entries).toHaveLength(1_000);
  expect(entries[0]).toEqual(["s1005", { userId: "ana", created: made(1_005).created, status: "failed" }]);
  expect(entries.at(-1)?.[0]).toBe("s6");
});

it("puts a session where its time of creation says, the later told first among equals", () => {
  record(made(2), made(4), made(3), made(1), made(3, { sessionId: "twin" }));
  recent.flush();
  expect(Object.keys(listed())).toEqual(["s4", "twin", "s3", "s2", "s1"]);
});

it("takes the link of a removed session away at once", () => {
  record(...range(1, 12));
  recent.flush();
  recent.removed("s11");
  expect(links()).not.toContain("02-s11");
  recent.flush();
  expect(links()).toContain("02-s10");
  expect(links()).toHaveLength(10);
  expect(listed()).not.toHaveProperty("s11");
});

it("never has a link that leads nowhere, however sessions come and go", () => {
  const dangling = (): string[] =>
    links().filter((name) => !fs.existsSync(path.join(dataDir, "recent", name)));
  for (let number = 1; number <= 60; number += 1) {
    record(made(number));
    if (number % 3 === 0) recent.flush();
    expect(dangling()).toEqual([]);
    const gone = made(number - (number % 7));
    recent.removed(gone.sessionId);
    fs.rmSync(folderOf(gone), { recursive: true, force: true });
    expect(dangling()).toEqual([]);
  }
});

it("waits with the link until the session's folder is there", async () => {
  recent.changed(made(1));
  recent.flush();
  expect(links()).toEqual([]);
  expect(listed()).toHaveProperty("s1");
  fs.mkdirSync(folderOf(made(1)), { recursive: true });
  await expect.poll(links).toEqual(["01-s1"]);
});

it("writes by itself", async () => {
  record(made(1));
  await expect.poll(links).toEqual(["01-s1"]);
});

it("writes now and then while many sessions are made", async () => {
  let writes = 0;
  const startedMs = performance.now();
  const watcher = fs.watch(dataDir, (_event, name) => {
    if (name === "index.json") writes += 1;
  });
  for (let number = 1; number <= 100; number += 1) {
    record(made(number));
    await pause(5);
  }
  watcher.close();
  const pauses = (performance.now() - startedMs) / LEAST_PAUSE_MS;
  // A file that is put in place may be told of twice.
  expect(writes).toBeLessThanOrEqual(2 * (2 + pauses));
  await expect.poll(() => Object.keys(listed()).length).toBe(100);
});

it("goes on from what an earlier process left, but for sessions that are gone", () => {
  record(...range(1, 5));
  recent.close();
  fs.rmSync(folderOf(made(5)), { recursive: true });
  start();
  expect(links()).not.toContain("01-s5");
  recent.flush();
  expect(links()).toEqual(["01-s4", "02-s3", "03-s2", "04-s1"]);
  expect(Object.keys(listed())).toEqual(["s4", "s3", "s2", "s1"]);
});

it.each(["", "{", '{"s1":{"userId":1}}', "[]"])("starts over where index.json holds %j", (content) => {
  fs.writeFileSync(path.join(dataDir, "index.json"), content);
  start();
  recent.rebuild(range(1, 3));
  recent.flush();
  expect(Object.keys(listed())).toEqual(["s3", "s2", "s1"]);
});

it("keeps its troubles to itself and tries again", async () => {
  fs.mkdirSync(path.join(dataDir, "index.json.new"));
  record(made(1));
  recent.flush();
  expect(problems).toHaveLength(1);
  fs.rmdirSync(path.join(dataDir, "index.json.new"));
  await expect.poll(() => Object.keys(listed())).toEqual(["s1"]);
});
