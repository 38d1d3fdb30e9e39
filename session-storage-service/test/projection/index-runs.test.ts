import fs from "node:fs";
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import type { JsonObject } from "session-protocol";
import { IndexThread } from "../../src/projection/index-thread.js";
import type { RecordedSession } from "../support/recorded-session.js";
import { TestIndex } from "../support/test-index.js";

let index: TestIndex;
beforeEach(async () => {
  index = await new TestIndex().open();
});
afterEach(() => index.dispose());

const begin = (session: RecordedSession, runId: string, more: JsonObject = {}) =>
  session.add("execution_started", { runId, agentId: "a1", ...more });
const end = (session: RecordedSession, runId: string, totals: JsonObject = {}) =>
  session.add("execution_completed", {
    runId,
    status: "completed",
    output: { done: true },
    totals: { tokenUsage: { total: 0 }, ...totals },
  });

const page = { skip: 0, limit: 100 };
const everything = async () => [
  await index.db.runs(page),
  await index.db.runs({ ...page, sessionId: "fork" }),
  await index.db.usage({ groupBy: "model" }),
];

/** One run of each kind: ended, open with nodes and activity, interrupted, and those of a fork. */
function recordAll(): RecordedSession[] {
  const a = index.session("a");
  end(begin(a, "a1", { input: "ü", ttlDays: 2, model: "m" }), "a1", {
    durationMs: 5,
    nodeCount: 2,
    tokenUsage: { total: 3 },
    costUsd: 0.02,
  });
  begin(a, "a2").add("node_executed", { runId: "a2", nodeId: "n", status: "failed" });
  a.add("response", { runId: "a2", usage: { inputTokens: 4 }, costUsd: 0.0001, estimated: true });
  const b = begin(index.session("b", { userId: "ben" }), "b1", { input: "x".repeat(70_000) }).add(
    "session_interrupted",
    {},
  );
  const fork = index.session("fork", { forkedFrom: { sessionId: "a", seq: 2 } });
  begin(begin(fork, "a1"), "fork1");
  return [a, b, fork].map((session) => session.write());
}

/** From then on the index is asked only about ids that may be there. */
async function allIdsKnown(): Promise<void> {
  const asked = vi.spyOn(IndexThread.prototype, "ask");
  const isAsked = async (): Promise<boolean> => {
    asked.mockClear();
    await index.db.runOwners(["nobody-has-this"]);
    return asked.mock.calls.length > 0;
  };
  await expect.poll(isAsked).toBe(false);
  asked.mockRestore();
}

describe("runs", () => {
  it("are the same whether they were told, told again, or read from the session files", async () => {
    const sessions = recordAll();
    index.update(...sessions);
    const told = await everything();
    expect(told[0]).toMatchObject({
      runs: [
        { summary: { runId: "fork1", status: "running" } },
        {
          summary: { runId: "b1", status: "interrupted", userId: "ben", input: null },
          isLarge: { input: true },
        },
        {
          summary: {
            runId: "a2",
            status: "running",
            nodeCount: 1,
            failedNodes: 1,
            activityCount: 1,
            tokensUsed: 4,
            costCents: 0.01,
            estimated: true,
          },
        },
        {
          summary: {
            runId: "a1",
            status: "completed",
            durationMs: 5,
            tokensUsed: 3,
            costCents: 2,
            input: "ü",
            output: { done: true },
            ttlDays: 2,
          },
        },
      ],
    });
    expect(told[1]).toMatchObject({
      runs: [
        { summary: { runId: "fork1" } },
        { summary: { runId: "a1", sessionId: "fork", status: "running" } },
      ],
    });
    index.update(...sessions);
    expect(await everything()).toEqual(told);
    await index.db.rebuild();
    expect(await everything()).toEqual(told);
    await index.reopen();
    expect(await everything()).toEqual(told);
  });

  it("are all there after a rebuilding that takes them in parts", async () => {
    const session = index.session("s");
    for (let number = 0; number < 3_500; number += 1) {
      end(begin(session, `r${String(number)}`), `r${String(number)}`, { durationMs: number });
    }
    begin(session, "open");
    begin(index.session("t"), "other").write();
    index.update(session.write());
    const everyRun = () => index.db.runs({ sessionId: "s", skip: 0, limit: 5_000 });
    const told = await everyRun();
    expect(told.runs).toHaveLength(3_501);
    expect((await index.db.rebuild()).sessions).toBe(2);
    expect(await everyRun()).toEqual(told);
    expect((await index.db.run("other"))?.summary.status).toBe("running");
  });

  it("are read from the logs where the documents are of another age", async () => {
    const [a] = recordAll();
    await index.db.rebuild();
    const before = await everything();
    a?.damageDerived();
    await index.db.rebuild();
    expect(await everything()).toEqual(before);
  });

  it("belong to the session that began them, not to its forks", async () => {
    index.update(...recordAll());
    const owners = await index.db.runOwners(["a1", "fork1", "none"]);
    expect([...owners].sort()).toEqual([
      ["a1", "a"],
      ["fork1", "fork"],
    ]);
  });

  it("are known by their owners before the index is told of them, and gone with one that is to go", async () => {
    const owners = async () => [...(await index.db.runOwners(["a1", "fork1"]))].sort();
    index.update(...recordAll());
    const told = [
      ["a1", "a"],
      ["fork1", "fork"],
    ];
    expect(await owners()).toEqual(told);
    await index.db.stats();
    expect(await owners()).toEqual(told);
    index.delete("a");
    expect(await owners()).toEqual([["fork1", "fork"]]);
    const asked = owners();
    const applying = index.db.stats();
    expect(await asked).toEqual([["fork1", "fork"]]);
    await applying;
    expect(await owners()).toEqual([["fork1", "fork"]]);
  });

  it("are known by their owners from when the index is opened, and after it was made anew", async () => {
    const owners = async () => [...(await index.db.runOwners(["a1", "fork1", "none"]))].sort();
    const told = [
      ["a1", "a"],
      ["fork1", "fork"],
    ];
    index.update(...recordAll());
    await index.reopen();
    expect(await owners()).toEqual(told);
    await index.db.rebuild();
    expect(await owners()).toEqual(told);
    await allIdsKnown();
    expect(await owners()).toEqual(told);
  });

  it("had to wait for what the index was at before they began, with ids that nobody else has", async () => {
    index.update(...recordAll());
    await index.reopen();
    await allIdsKnown();
    index.update(...recordAll());
    const asked = vi.spyOn(IndexThread.prototype, "ask");
    onTestFinished(() => {
      asked.mockRestore();
    });
    expect(await index.db.runOwners(["new", "newer"])).toEqual(new Map());
    expect(asked).not.toHaveBeenCalled();
    expect([...(await index.db.runOwners(["a1", "new"]))]).toEqual([["a1", "a"]]);
  });

  it("go with their session", async () => {
    index.update(...recordAll());
    index.delete("a");
    expect((await index.db.runs(page)).runs.map(({ summary }) => summary.runId)).toEqual(["fork1", "b1"]);
    expect(await index.db.run("a1")).toBeUndefined();
    expect(await index.db.usage({ groupBy: "userId" })).toMatchObject([
      { key: "ana", runs: 1 },
      { key: "ben", runs: 1 },
    ]);
  });
});

describe("statistics", () => {
  it("give durations by nearest rank, of runs that ended by themselves", async () => {
    const session = index.session("s");
    for (let number = 1; number <= 20; number += 1) {
      end(begin(session, `r${String(number)}`), `r${String(number)}`, { durationMs: number * 10 });
    }
    begin(session, "running");
    index.update(session.write());
    const now = Date.parse("2026-01-01T23:00:00.000Z");
    const { durationMs, runs, series } = await index.db.runStats({ agentId: "a1", days: 3_650, now });
    expect(durationMs).toEqual({ p50: 100, p95: 190, max: 200 });
    expect([runs.total, runs.completed, runs.running, series.length]).toEqual([21, 20, 1, 3_650]);
  });

  it("leave out what began before or after their days", async () => {
    index.update(begin(index.session("s"), "r").write());
    const total = async (day: string) =>
      (await index.db.runStats({ userId: "ana", days: 2, now: Date.parse(`${day}T12:00:00.000Z`) })).runs
        .total;
    expect([
      await total("2025-12-31"),
      await total("2026-01-01"),
      await total("2026-01-02"),
      await total("2026-01-03"),
    ]).toEqual([0, 1, 1, 0]);
  });
});

describe("usage", () => {
  const respond = (session: RecordedSession, model: string | null, inputTokens: number, costUsd: number) =>
    session.add("response", { model, usage: { inputTokens }, costUsd });
  const rowsOf = async (groupBy: "day" | "model" | "agentId" | "userId") =>
    (await index.db.usage({ groupBy })).map(({ key, tokenUsage, costUsd }) => [
      key,
      tokenUsage.total,
      costUsd,
    ]);

  it("is summed anew with what changes, by every name and none", async () => {
    const a = respond(index.session("a"), "m1", 1, 0.1);
    const b = respond(respond(index.session("b", { userId: "ben" }), "m1", 2, 0.2), null, 4, 0.4);
    index.update(a.write(), b.write());
    index.update(respond(a, "m1", 8, 0.8).write());
    expect(await rowsOf("model")).toEqual([
      ["m1", 11, 1.1],
      [null, 4, 0.4],
    ]);
    expect(await rowsOf("agentId")).toEqual([[null, 15, 1.5]]);
    expect(await rowsOf("userId")).toEqual([
      ["ana", 9, 0.9],
      ["ben", 6, 0.6],
    ]);
    expect(await rowsOf("day")).toEqual([["2026-01-01", 15, 1.5]]);
    index.delete("b");
    fs.rmSync(b.folder, { recursive: true });
    expect(await rowsOf("model")).toEqual([["m1", 9, 0.9]]);
    await index.db.rebuild();
    expect(await rowsOf("userId")).toEqual([["ana", 9, 0.9]]);
    index.delete("a");
    expect(await rowsOf("day")).toEqual([]);
  });
});
