import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { expect, it } from "vitest";
import { timelineEntry } from "../src/http/timeline-entry.js";
import { action, command } from "./support/commands.js";
import {
  SECRET,
  acted,
  began,
  ended,
  expectSameFold,
  factsOf,
  lab,
  leftBehind,
  node,
  record,
  runIds,
  textOfLogs,
  used,
  whole,
} from "./support/expiring-runs.js";
import { eventsIn, openStorage } from "./support/storages.js";

it("takes the content of an expired run out of the logs and keeps what counts", async () => {
  const { storage, clock, dataDir } = await lab();
  await record(storage, "s", ...whole("old", 1), action("plain", { type: "x", input: "stays" }));
  const before = factsOf(await storage.sessions.get("s"));
  clock.passDays(1);
  const expected = await storage.cleanup({ dryRun: true });
  expect(expected).toMatchObject({ sessionsDeleted: 0, runsDeleted: 1, nodesDeleted: 1 });
  expect(textOfLogs(dataDir, "s")).toContain(SECRET);
  expect(await storage.cleanup({})).toEqual(expected);
  expect(textOfLogs(dataDir, "s")).not.toContain(SECRET);
  expect(textOfLogs(dataDir, "s")).toContain("stays");
  expect(factsOf(await storage.sessions.get("s"))).toEqual(before);
  await expectSameFold(storage, "s");
  const [, start, , act, use, end] = await eventsIn(storage, "s");
  expect(start).toMatchObject({ expired: true, data: { runId: "old", agentId: "a1", model: "gpt-4o" } });
  expect(act).toMatchObject({ expired: true, id: "act-old", data: { type: "tool_call", runId: "old" } });
  expect(use).toMatchObject({ expired: true, id: "use-old", data: { usage: { inputTokens: 7 } } });
  expect(end).toMatchObject({ expired: true, data: { status: "completed", totals: { nodeCount: 1 } } });
  expect(await storage.cleanup({})).toMatchObject({ runsDeleted: 0, bytesFreed: 0 });
});

it("lost of an expired run which of its events had failed, and keeps no more than that", async () => {
  const { storage, clock, dataDir } = await lab();
  const failed = action("fails", { type: "tool_call", runId: "old", error: { message: SECRET } });
  await record(storage, "s", began("old", 1), acted("old", "works"), failed, ended("old"));
  clock.passDays(1);
  await storage.cleanup({});
  expect(textOfLogs(dataDir, "s")).not.toContain(SECRET);
  await expectSameFold(storage, "s");
  const told = (await eventsIn(storage, "s")).filter(({ type }) => type === "action").map(timelineEntry);
  expect(told.map(({ failed, error }) => ({ failed, error }))).toEqual([
    { failed: undefined, error: undefined },
    { failed: true, error: undefined },
  ]);
});

it("takes the time a run was said to begin at for its beginning also after its run has expired", async () => {
  const { storage, clock, dataDir } = await lab();
  const start = command("execution_started", {
    runId: "cut",
    agentId: "a1",
    ttlDays: 1,
    timestamp: "2026-01-01T13:00:00+01:00",
  });
  await record(storage, "s", start, command("interrupt"));
  clock.passDays(1);
  await storage.cleanup({});
  await expectSameFold(storage, "s");
  const [, begun] = await eventsIn(storage, "s");
  expect(begun).toMatchObject({ expired: true, data: { timestamp: "2026-01-01T12:00:00.000Z" } });
  const next = await openStorage(leftBehind(dataDir), {}, clock);
  const over = command("execution_completed", { runId: "cut", timestamp: "2026-01-01T12:00:03.000Z" });
  await record(next, "s", over);
  expect((await eventsIn(next, "s")).at(-1)).toMatchObject({ data: { totals: { durationMs: 3_000 } } });
});

it("leaves expired entries out of the lists of actions and responses", async () => {
  const { storage, clock } = await lab();
  await record(storage, "s", ...whole("old", 1), action("plain"));
  clock.passDays(1);
  await storage.cleanup({});
  const seen: number[] = [];
  for await (const entries of storage.history.entries("s", "actions", { after: 0 })) {
    seen.push(...entries.map(({ seq }) => seq));
  }
  expect(seen).toEqual([7]);
  expect(
    (await storage.history.tail("s", "actions", 10, { after: 0 })).entries.map(({ seq }) => seq),
  ).toEqual([7]);
  expect((await storage.history.tail("s", "responses", 10, { after: 0 })).entries).toEqual([]);
});

it("shows as it was sent what a sender himself has called expired", async () => {
  const { storage } = await lab();
  await record(storage, "s", action("mine", { expired: true, type: "tool_call" }));
  const { entries } = await storage.history.tail("s", "actions", 10, { after: 0 });
  expect(entries.map(({ text }) => JSON.parse(text) as object)).toMatchObject([{ $sent: { expired: true } }]);
  const [, event] = await eventsIn(storage, "s");
  expect(event).toMatchObject({ id: "mine", data: { expired: true, type: "tool_call" } });
  expect(event).not.toHaveProperty("expired");
});

it("has expired runs in history no more, also after the index was lost or the process killed", async () => {
  const { storage, clock, dataDir } = await lab();
  await record(storage, "s", ...whole("old", 1), ...whole("young"));
  clock.passDays(1);
  await storage.cleanup({});
  expect(await runIds(storage)).toEqual(["young"]);
  expect(await storage.index.run("old")).toBeUndefined();
  for (const without of [[], ["index.db", "index.db-wal", "index.db-shm"]]) {
    const left = leftBehind(dataDir, ...without);
    const next = await openStorage(left, {}, clock);
    expect(await runIds(next)).toEqual(["young"]);
    await expectSameFold(next, "s");
    expect(
      textOfLogs(left, "s")
        .split("\n")
        .filter((line) => line.includes('"old"'))
        .join(),
    ).not.toContain(SECRET);
  }
});

it("still knows the ids of stripped events and of their run", async () => {
  const { storage, clock } = await lab();
  await record(storage, "s", ...whole("old", 1));
  clock.passDays(1);
  await storage.cleanup({});
  const { outcomes } = await record(storage, "s", acted("old", "act-old"));
  expect(outcomes).toMatchObject([{ seq: 4, duplicate: true }]);
  await expect(record(storage, "s", node("old"))).rejects.toMatchObject({ code: "run_closed" });
});

it("goes by the run's own time, by that of the configuration, or by the days asked for", async () => {
  const { storage, clock } = await lab({ RUN_TTL_DAYS: "5" });
  await record(storage, "s", ...whole("short", 1), ...whole("plain"), ...whole("long", 50), began("open", 1));
  clock.passDays(4);
  await storage.cleanup({});
  expect(await runIds(storage)).toEqual(["long", "open", "plain"]);
  clock.passDays(1);
  await storage.cleanup({});
  expect(await runIds(storage)).toEqual(["long", "open"]);
  expect(await storage.cleanup({ days: 6 })).toMatchObject({ runsDeleted: 0 });
  await storage.cleanup({ days: 5 });
  expect(await runIds(storage)).toEqual(["open"]);
});

it("keeps the counts of a run that was interrupted with the event that began it", async () => {
  const { storage, clock } = await lab();
  await record(storage, "s", began("cut", 1), node("cut"), used("cut"), command("interrupt"));
  clock.passDays(1);
  expect(await storage.cleanup({})).toMatchObject({ runsDeleted: 1, nodesDeleted: 1 });
  await expectSameFold(storage, "s");
  const [, start] = await eventsIn(storage, "s");
  expect(start).toMatchObject({
    expired: true,
    data: { totals: { nodeCount: 1, activityCount: 1, tokenUsage: { total: 7 } } },
  });
});

it("no longer finds the text of expired runs, and finds what is recorded after", async () => {
  const { storage, clock } = await lab();
  await record(storage, "s", ...whole("old", 1), action("plain", { type: "x", input: "haystack" }));
  const hits = async (q: string) => (await storage.index.search({ q, limit: 100 })).hits.length;
  await expect.poll(() => hits(SECRET)).toBeGreaterThan(0);
  clock.passDays(1);
  await storage.cleanup({});
  expect(await hits(SECRET)).toBe(0);
  await record(storage, "s", action("later", { type: "x", input: "haystack" }));
  await expect.poll(() => hits("haystack")).toBe(2);
});

it("takes the runs of a fork for the fork's own, and copies no content of expired ones", async () => {
  const { storage, clock, dataDir } = await lab();
  await record(storage, "s", ...whole("old", 1));
  await storage.sessions.fork("s", "before", {});
  clock.passDays(1);
  await storage.cleanup({});
  expect(textOfLogs(dataDir, "before")).not.toContain(SECRET);
  await storage.sessions.fork("s", "after", {});
  await expectSameFold(storage, "before");
  await expectSameFold(storage, "after");
  expect((await storage.index.runs({ sessionId: "after", skip: 0, limit: 10 })).runs).toEqual([]);
  const restarted = await openStorage(leftBehind(dataDir), {}, clock);
  await expectSameFold(restarted, "after");
});

it("loses nothing that is written, and shows readers nothing torn, while runs are stripped", async () => {
  const { storage, clock, dataDir } = await lab({ SEGMENT_BYTES: "65536" });
  const runs = Array.from({ length: 20 }, (_, run) => whole(`r${String(run)}`, 1 + (run % 4)));
  await record(storage, "s", ...runs.flat());
  let done = false;
  const write = async (): Promise<number> => {
    let count = 0;
    for (; !done; count += 1) {
      await record(storage, "s", action(`w${String(count)}`, { type: "x", n: count }));
      await sleep(1);
    }
    return count;
  };
  const read = async (): Promise<void> => {
    while (!done) {
      const events = await eventsIn(storage, "s");
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
      await sleep(25);
    }
  };
  const strip = async (): Promise<void> => {
    for (let day = 1; day <= 4; day += 1) {
      clock.passDays(1);
      const left = 20 - 5 * day;
      while ((await runIds(storage)).length > left) await storage.cleanup({});
    }
    done = true;
  };
  const [written] = await Promise.all([write(), read(), strip()]);
  expect(textOfLogs(dataDir, "s")).not.toContain(SECRET);
  for (const last of [storage, await openStorage(leftBehind(dataDir), {}, clock)]) {
    await expectSameFold(last, "s");
    const numbers = (await eventsIn(last, "s")).flatMap(({ data }) => data.n ?? []);
    expect(numbers).toEqual(Array.from({ length: written }, (_, index) => index));
  }
});

const activity = fc.record({
  run: fc.nat(3),
  make: fc.constantFrom(node, acted, used, (runId: string) => ended(runId)),
});

it("leaves fold, numbers and verify as before, whatever runs expire in whatever order", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(activity, { maxLength: 30 }),
      fc.uniqueArray(fc.nat(3), { maxLength: 4 }),
      fc.boolean(),
      async (activities, order, isInterrupted) => {
        const { storage, clock } = await lab();
        const ttlOf = (run: number): number => (order.includes(run) ? 1 + order.indexOf(run) : 100);
        await record(storage, "s", ...[0, 1, 2, 3].map((run) => began(`r${String(run)}`, ttlOf(run))));
        for (const { run, make } of activities)
          await record(storage, "s", make(`r${String(run)}`)).catch(() => undefined);
        if (isInterrupted) await record(storage, "s", command("interrupt"));
        const before = factsOf(await storage.sessions.get("s"));
        for (const _ of order) {
          clock.passDays(1);
          await storage.cleanup({});
          expect(factsOf(await storage.sessions.get("s"))).toEqual(before);
          await expectSameFold(storage, "s");
        }
      },
    ),
    { numRuns: 8 },
  );
});
