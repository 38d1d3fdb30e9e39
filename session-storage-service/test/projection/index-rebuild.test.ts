import fs from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { TestIndex } from "../support/test-index.js";

let index: TestIndex;
beforeEach(async () => {
  index = await new TestIndex().open();
});
afterEach(() => index.dispose());

function recordThree(): void {
  const a = index.session("a", { userId: "ana", tags: ["red"], initial: { prompt: "x".repeat(20_000) } });
  const b = index.session("b", { userId: "ben" }).action({ tool: "needle" });
  a.add("response", { content: "needle", usage: { inputTokens: 7, outputTokens: 1 } }).action({
    output: "y".repeat(10_000),
  });
  for (const session of [a, b, index.session("c").add("session_finalized", {})]) session.write();
}

it("gives the same answers as updates did", async () => {
  recordThree();
  const { sessions, maxOffset } = await index.db.rebuild();
  expect({ sessions, maxOffset }).toEqual({ sessions: 3, maxOffset: index.recording.offset });
  expect(await index.list()).toEqual({ ids: ["c", "b", "a"], total: 3, next: null });
  expect(await index.list({ tag: "red" })).toMatchObject({ ids: ["a"] });
  await expect.poll(() => index.found("needle")).toEqual(["b:2", "a:2"]);
  expect((await index.db.sessionsBetween(2, 3)).sort()).toEqual(["a", "b"]);
  const stats = await index.db.stats();
  expect(stats).toMatchObject({ total: 3, active: 2, completed: 1, events: 7, tokenUsage: { total: 8 } });
  const logs = ["a", "b", "c"].flatMap((id) => {
    const folder = path.join(index.sessionsFolder, id);
    return fs
      .readdirSync(folder)
      .filter((name) => name.endsWith(".jsonl"))
      .map((name) => path.join(folder, name));
  });
  expect(stats.storageBytes).toBe(logs.reduce((sum, file) => sum + fs.statSync(file).size, 0));
  await index.reopen();
  expect(index.db.appliedOffset).toBe(index.recording.offset);
  expect(await index.db.stats()).toEqual(stats);
});

it("keeps nothing of what was in the index", async () => {
  recordThree();
  index.update(index.session("gone").action({ tool: "needle" }).write());
  expect(await index.found("needle")).toEqual(["gone:2"]);
  fs.rmSync(path.join(index.sessionsFolder, "gone"), { recursive: true });
  await index.db.rebuild();
  expect((await index.list()).ids).toEqual(["c", "b", "a"]);
  await expect.poll(() => index.found("needle")).toEqual(["b:2", "a:2"]);
});

it("holds what is updated meanwhile, and questions wait for it", async () => {
  recordThree();
  const rebuilding = index.db.rebuild();
  index.update(index.session("later"));
  const listing = index.list();
  await rebuilding;
  expect((await listing).ids).toEqual(["later", "c", "b", "a"]);
});

it("kept runs from beginning until it was done", async () => {
  recordThree();
  let isDone = false;
  const rebuilding = index.db.rebuild().then(() => (isDone = true));
  expect(await index.db.runOwners(["r"])).toEqual(new Map());
  expect(isDone).toBe(false);
  await rebuilding;
  index.update(index.session("later").add("execution_started", { runId: "r", agentId: "x" }));
  expect(await index.db.runOwners(["r"])).toEqual(new Map([["r", "later"]]));
});

it("makes do with the logs where metadata.json is missing or damaged", async () => {
  recordThree();
  fs.rmSync(path.join(index.sessionsFolder, "a", "metadata.json"));
  fs.writeFileSync(path.join(index.sessionsFolder, "b", "metadata.json"), '{"sessionId":"b"');
  fs.writeFileSync(path.join(index.sessionsFolder, "c", "metadata.json"), '{"sessionId":"b"}');
  expect((await index.db.rebuild()).sessions).toBe(3);
  expect(await index.list({ userId: "ana", tag: "red" })).toMatchObject({ ids: ["a"] });
  const [, , text] = (await index.db.list({ order: "created", limit: 3 })).sessions;
  expect(JSON.parse(text ?? "")).toMatchObject({
    sessionId: "a",
    seq: 3,
    created: "2026-01-01T00:00:01.000Z",
  });
  const warned = index.logged.filter(({ level }) => level === "warn").map(({ fields }) => fields.sessionId);
  expect(warned.sort()).toEqual(["a", "b", "c"]);
});

it("folds the events of a session whose files are of a version that did not say what its agents did", async () => {
  const old = index.session("old").action({ agentId: "booking", error: "x" }).write();
  const file = path.join(old.folder, "metadata.json");
  const { activity, ...rest } = JSON.parse(fs.readFileSync(file, "utf8")) as Record<string, unknown>;
  expect(activity).toMatchObject({ failures: 1 });
  fs.writeFileSync(file, JSON.stringify(rest));
  await index.db.rebuild();
  expect((await index.list({ agentId: "booking" })).ids).toEqual(["old"]);
  const [text] = (await index.db.list({ order: "created", limit: 1 })).sessions;
  expect(JSON.parse(text ?? "")).toMatchObject({ activity });
});

it("leaves out what is no session", async () => {
  recordThree();
  fs.mkdirSync(path.join(index.sessionsFolder, "empty"));
  fs.mkdirSync(path.join(index.sessionsFolder, ".hidden"));
  fs.writeFileSync(path.join(index.sessionsFolder, "file"), "");
  fs.cpSync(path.join(index.sessionsFolder, "a"), path.join(index.sessionsFolder, "copy-of-a"), {
    recursive: true,
  });
  fs.rmSync(path.join(index.sessionsFolder, "copy-of-a", "events.jsonl"));
  const fork = index.session("half-copied", { forkedFrom: { sessionId: "a", seq: 3 } }).write();
  expect(fork.metadata.seq).toBeLessThan(3);
  expect((await index.db.rebuild()).sessions).toBe(3);
  expect((await index.list()).ids).toEqual(["c", "b", "a"]);
});

it("has nothing to do where there is no sessions folder", async () => {
  expect(await index.db.rebuild()).toEqual({ sessions: 0, maxOffset: 0 });
});

it("is not complete until it is done: one that was cut short is to be done again", async () => {
  recordThree();
  for (let number = 0; number < 600; number += 1) index.session(`s${String(number)}`).write();
  await index.db.rebuild();
  const rebuilding = index.db.rebuild().catch((error: unknown) => error);
  index.update(index.session("later"));
  await index.db.close();
  expect(await rebuilding).toMatchObject({ message: expect.stringContaining("was stopped") as string });
  await index.open();
  expect(index.db.appliedOffset).toBe(0);
});
