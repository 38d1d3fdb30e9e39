import fs from "node:fs";
import path from "node:path";
import { expect, it, onTestFinished, vi } from "vitest";
import type { CleanupResult } from "session-protocol";
import type { Command } from "../src/domain/decide.js";
import { SessionNotFound } from "../src/domain/errors.js";
import type { StoredText } from "../src/domain/reading.js";
import { Breather } from "../src/projection/breather.js";
import type { Storage } from "../src/storage.js";
import { action, command } from "./support/commands.js";
import { MovableClock } from "./support/movable-clock.js";
import { eventsIn, openStorage } from "./support/storages.js";
import { tempFolder } from "./support/temp-folder.js";

const FINALIZED = command("session_finalized", { status: "success" });

interface Lab {
  readonly storage: Storage;
  readonly clock: MovableClock;
  readonly dataDir: string;
}

async function lab(settings: Readonly<Record<string, string>> = {}): Promise<Lab> {
  const [dataDir, clock] = [tempFolder(), new MovableClock()];
  return { storage: await openStorage(dataDir, settings, clock), clock, dataDir };
}

async function record(
  { sessions }: Storage,
  sessionId: string,
  ttlDays: number | null,
  ...commands: Command[]
): Promise<void> {
  await sessions.submit(sessionId, { create: { data: { userId: "u", initial: {}, ttlDays } }, commands });
}

async function listed({ index }: Storage): Promise<string[]> {
  const { sessions } = await index.list({ order: "created", limit: 1_000 });
  return sessions.map((text) => (JSON.parse(text) as { sessionId: string }).sessionId).sort();
}

const gone = (sessionsDeleted: number, runsDeleted = 0, nodesDeleted = 0): object => ({
  sessionsDeleted,
  runsDeleted,
  nodesDeleted,
});

it("throws away what has ended and outlived its own time, and nothing else", async () => {
  const { storage, clock } = await lab();
  await record(storage, "short", 1, FINALIZED);
  await record(storage, "long", 10, FINALIZED);
  await record(storage, "for-ever", null, FINALIZED);
  await record(storage, "running", 1, action());
  await record(storage, "interrupted", 1, command("interrupt"));
  clock.passDays(2);
  expect(await storage.cleanup({})).toMatchObject(gone(2));
  expect(await listed(storage)).toEqual(["for-ever", "long", "running"]);
  await expect(storage.sessions.get("short")).rejects.toThrow(SessionNotFound);
  expect(await storage.cleanup({})).toEqual({ ...gone(0), bytesFreed: 0 });
});

it("gives sessions without a time of their own that of the configuration", async () => {
  const { storage, clock } = await lab({ SESSION_TTL_DAYS: "5" });
  await record(storage, "plain", null, FINALIZED);
  await record(storage, "own", 10, FINALIZED);
  clock.passDays(5);
  expect(await storage.cleanup({})).toMatchObject(gone(1));
  expect(await listed(storage)).toEqual(["own"]);
});

it("goes by the days asked for in place of any time", async () => {
  const { storage, clock } = await lab();
  await record(storage, "old", null, FINALIZED);
  clock.passDays(3);
  await record(storage, "young", 1, FINALIZED);
  clock.passDays(2);
  expect(await storage.cleanup({ days: 3 })).toMatchObject(gone(1));
  expect(await listed(storage)).toEqual(["young"]);
});

it("counts in a dry run what would go, and changes nothing", async () => {
  const { storage, clock, dataDir } = await lab({ ARCHIVE: "on" });
  for (const sessionId of ["a", "b"]) {
    const run = { runId: `r-${sessionId}`, agentId: "x" };
    const node = { ...run, nodeId: "n", nodeType: "t", status: "completed" };
    await record(storage, sessionId, 1, command("execution_started", run), command("node_executed", node));
    await record(storage, sessionId, 1, command("execution_completed", run), FINALIZED);
  }
  clock.passDays(1);
  const expected: CleanupResult = await storage.cleanup({ dryRun: true });
  expect(expected).toMatchObject(gone(2, 2, 2));
  expect(expected.bytesFreed).toBeGreaterThan(1_000);
  expect(await listed(storage)).toEqual(["a", "b"]);
  expect(fs.existsSync(path.join(dataDir, "archive"))).toBe(false);
  expect(await storage.cleanup({})).toEqual(expected);
  expect(await listed(storage)).toEqual([]);
  expect(fs.readdirSync(path.join(dataDir, "archive")).sort()).toEqual(["a.tar.gz", "b.tar.gz"]);
});

it("kept requests waiting until all of them were gone: it rests after each session", async () => {
  const rest = vi.spyOn(Breather.prototype, "rest");
  onTestFinished(() => rest.mockRestore());
  const { storage, clock } = await lab();
  for (const sessionId of ["a", "b", "c"]) await record(storage, sessionId, 1, FINALIZED);
  clock.passDays(1);
  const left: string[][] = [];
  rest.mockImplementation(async () => void left.push(await listed(storage)));
  expect(await storage.cleanup({})).toMatchObject(gone(3));
  expect(left).toEqual([["b", "c"], ["c"], []]);
});

it("was kept for as long as somebody was in the middle of reading it", async () => {
  const { storage, clock } = await lab();
  const large = Array.from({ length: 50 }, () => action(undefined, { type: "x", pad: "x".repeat(50_000) }));
  await record(storage, "read", 1, ...large, FINALIZED);
  clock.passDays(1);
  const reading = storage.history.events("read", { after: 0 })[Symbol.asyncIterator]();
  const first = (await reading.next()).value as StoredText[];
  expect(await storage.cleanup({})).toMatchObject(gone(1));
  const seqs = first.map(({ seq }) => seq);
  for (let next = await reading.next(); next.done !== true; next = await reading.next()) {
    seqs.push(...next.value.map(({ seq }) => seq));
  }
  expect(seqs).toEqual(Array.from({ length: 52 }, (_, index) => index + 1));
});

it("left out the pass of an hour in which the service did not run", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  onTestFinished(() => void vi.useRealTimers());
  const { storage, clock, dataDir } = await lab();
  await record(storage, "s", 1, FINALIZED);
  await storage.close();
  clock.passDays(2);
  const next = await openStorage(dataDir, {}, clock);
  vi.advanceTimersByTime(60_000);
  await expect.poll(() => listed(next)).toEqual([]);
  const known = (): unknown => JSON.parse(fs.readFileSync(path.join(dataDir, "retention.json"), "utf8"));
  await expect.poll(known).toEqual({ lastPass: new Date(clock.now()).toISOString() });
});

it.each([
  ["that was only counted", { dryRun: true }],
  ["that was for some days only", { days: 100 }],
])("took for the daily pass one %s", async (_, request) => {
  const { storage, clock, dataDir } = await lab();
  const known = (): string => fs.readFileSync(path.join(dataDir, "retention.json"), "utf8");
  const before = known();
  clock.passDays(1);
  await storage.cleanup(request);
  expect(known()).toBe(before);
  await storage.cleanup({});
  expect(known()).not.toBe(before);
});

it("leaves a session that is reopened while it is being packed, and no archive of it", async () => {
  const { storage, clock, dataDir } = await lab({ ARCHIVE: "on" });
  await record(storage, "back", 1, FINALIZED);
  clock.passDays(1);
  const [result] = await Promise.all([
    storage.cleanup({}),
    storage.sessions.submit("back", { commands: [command("resume")] }),
  ]);
  expect(result).toMatchObject(gone(0));
  expect((await storage.sessions.get("back")).status).toBe("active");
  expect(fs.existsSync(path.join(dataDir, "archive", "back.tar.gz"))).toBe(false);
});

it("tells live readers and readers by offset that a session has gone", async () => {
  const { storage, clock } = await lab();
  await record(storage, "s", 1, FINALIZED);
  const head = storage.health().offset;
  clock.passDays(1);
  await storage.cleanup({});
  const types: string[] = [];
  for await (const pieces of storage.history.allEvents(head)) {
    types.push(...pieces.map(({ text }) => (JSON.parse(text) as { type: string }).type));
  }
  expect(types).toEqual(["session_deleted"]);
});

it("goes on past a session that cannot be packed, and says so at the end", async () => {
  const { storage, clock, dataDir } = await lab({ ARCHIVE: "on" });
  for (const sessionId of ["a", "bad", "c"]) await record(storage, sessionId, 1, FINALIZED);
  clock.passDays(1);
  fs.mkdirSync(path.join(dataDir, "archive", ".bad.tar.gz.new"), { recursive: true });
  await expect(storage.cleanup({})).rejects.toThrow(/EISDIR/);
  expect(await listed(storage)).toEqual(["bad"]);
  expect((await eventsIn(storage, "bad")).length).toBe(2);
});

it("keeps the archive of an earlier session of the same id beside that of the later", async () => {
  const { storage, clock, dataDir } = await lab({ ARCHIVE: "on" });
  for (const name of ["first", "second"]) {
    await record(storage, "s", 1, action(undefined, { type: name }), FINALIZED);
    clock.passDays(1);
    await storage.cleanup({});
  }
  expect(fs.readdirSync(path.join(dataDir, "archive")).sort()).toEqual(["s.tar.gz", "s~1.tar.gz"]);
});

it("deletes what one pass may: two at once count nothing twice", async () => {
  const { storage, clock } = await lab();
  for (let number = 0; number < 20; number += 1) await record(storage, `s${String(number)}`, 1, FINALIZED);
  clock.passDays(1);
  const [one, other] = await Promise.all([storage.cleanup({}), storage.cleanup({})]);
  expect(one.sessionsDeleted + other.sessionsDeleted).toBe(20);
});
