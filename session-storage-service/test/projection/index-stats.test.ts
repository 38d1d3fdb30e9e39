import { afterEach, beforeEach, expect, it } from "vitest";
import { TestIndex } from "../support/test-index.js";

let index: TestIndex;
beforeEach(async () => {
  index = await new TestIndex().open();
});
afterEach(() => index.dispose());

it("are all zero in an empty store", async () => {
  expect(await index.db.stats()).toEqual({
    total: 0,
    active: 0,
    completed: 0,
    failed: 0,
    terminated: 0,
    interrupted: 0,
    activeSessions: [],
    completedSessions: [],
    events: 0,
    tokenUsage: { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 },
    costUsd: 0,
    storageBytes: 0,
  });
});

it("are the same kept up to date as read afresh", async () => {
  await index.db.stats();
  const busy = index.session("busy").add("status_changed", { from: "active", to: "processing" });
  const paid = index.session("paid");
  for (let turn = 0; turn < 3; turn += 1)
    paid.add("response", { usage: { inputTokens: 10, outputTokens: 5, cacheReadTokens: 2 }, costUsd: 0.1 });
  const failed = index.session("failed").add("session_finalized", { status: "failure" });
  const gone = index.session("gone").action({});
  const stopped = index.session("stopped").add("session_interrupted", {});
  const first = index.session("first").add("session_finalized", {});
  const all = [busy, paid, failed, gone, stopped, first];
  index.update(...all.map((session) => session.write()));
  index.update(paid.add("session_finalized", {}).write());
  index.delete("gone");
  const stats = await index.db.stats();
  expect(stats).toMatchObject({
    total: 5,
    active: 1,
    completed: 2,
    failed: 1,
    terminated: 0,
    interrupted: 1,
    activeSessions: ["busy"],
    completedSessions: ["paid", "first"],
    events: 2 + 5 + 2 + 2 + 2,
    tokenUsage: { input: 30, output: 15, cacheRead: 6, cacheWrite: 0, total: 51 },
    costUsd: 0.3,
  });
  const kept = all.filter((session) => session !== gone);
  expect(stats.storageBytes).toBe(kept.reduce((sum, { summary }) => sum + summary.storageBytes, 0));
  expect(stats.storageBytes).toBeGreaterThan(0);
  await index.reopen();
  expect(await index.db.stats()).toEqual(stats);
});

it("name at most a hundred active and the last ten completed sessions, newest first", async () => {
  const open = Array.from({ length: 120 }, (_, number) => index.session(`open-${String(number)}`));
  const done = Array.from({ length: 12 }, (_, number) => index.session(`done-${String(number)}`));
  index.update(...open, ...done);
  index.update(...done.map((session) => session.add("session_finalized", {})));
  const { active, completed, activeSessions, completedSessions } = await index.db.stats();
  expect({ active, completed }).toEqual({ active: 120, completed: 12 });
  expect(activeSessions).toHaveLength(100);
  expect(activeSessions[0]).toBe("open-119");
  expect(completedSessions).toEqual(Array.from({ length: 10 }, (_, number) => `done-${String(11 - number)}`));
});
