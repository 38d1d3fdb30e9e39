import fs from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import type { RunLogs } from "session-protocol";
import { RunNotFound } from "../src/domain/errors.js";
import type { FoundRun } from "../src/domain/reading.js";
import { runLogs } from "../src/http/run-logs.js";
import { summaryArray, wholeSummary } from "../src/http/run-summary.js";
import { action, command } from "./support/commands.js";
import {
  SECRET,
  acted,
  began,
  ended,
  lab,
  node,
  record,
  runIds,
  textOfLogs,
  whole,
} from "./support/expiring-runs.js";
import { eventsIn, openStorage } from "./support/storages.js";

it("never lost its runs while a session was read without a pause", async () => {
  const { storage, clock, dataDir } = await lab();
  const large = Array.from({ length: 50 }, () => action(undefined, { type: "x", pad: "x".repeat(50_000) }));
  await record(storage, "s", ...large, ...whole("old", 1));
  clock.passDays(1);
  const readings = [1, 2, 3].map(() => storage.history.events("s", { after: 0 })[Symbol.asyncIterator]());
  for (const reading of readings) await reading.next();
  expect(await storage.cleanup({})).toMatchObject({ runsDeleted: 1 });
  expect(textOfLogs(dataDir, "s")).not.toContain(SECRET);
  for (const reading of readings) {
    const texts: string[] = [];
    for (let next = await reading.next(); next.done !== true; next = await reading.next()) {
      texts.push(...next.value.map(({ text }) => text));
    }
    expect(texts.filter((text) => text.includes(SECRET))).toHaveLength(5);
    expect(JSON.parse(texts.at(-1) ?? "")).toMatchObject({ seq: 56 });
  }
});

it("was taken for stripped where one line of a log had grown by what another had lost", async () => {
  const { storage, clock, dataDir } = await lab();
  const bare = { type: "x", runId: "old" };
  const twice = [action(undefined, bare), action(undefined, { ...bare, input: SECRET.padEnd(19, "!") })];
  await record(storage, "s", began("old", 1), ...twice, ended("old"));
  const sizeOfLog = (): number => fs.statSync(path.join(dataDir, "sessions", "s", "actions.jsonl")).size;
  await expect.poll(sizeOfLog).toBeGreaterThan(0);
  const before = sizeOfLog();
  clock.passDays(1);
  await storage.cleanup({});
  expect(sizeOfLog()).toBe(before);
  expect(textOfLogs(dataDir, "s")).not.toContain(SECRET);
});

it("took away what had been recorded of a run today, long after its end", async () => {
  const { storage, clock, dataDir } = await lab();
  await record(storage, "s", ...whole("old", 5), ...whole("other", 5));
  clock.passDays(5);
  await record(storage, "s", acted("old", "late"));
  expect(await storage.cleanup({ dryRun: true })).toMatchObject({ runsDeleted: 1 });
  expect(await storage.cleanup({})).toMatchObject({ runsDeleted: 1 });
  expect(await runIds(storage)).toEqual(["old"]);
  const old = (await eventsIn(storage, "s")).filter(({ data }) => data.runId === "old");
  expect(old.filter(({ expired }) => expired)).toEqual([]);
  clock.passDays(5);
  expect(await storage.cleanup({})).toMatchObject({ runsDeleted: 1 });
  expect(textOfLogs(dataDir, "s")).not.toContain(SECRET);
});

it("strips the runs that may go beside those that may not", async () => {
  const { storage, clock } = await lab();
  await record(storage, "s", ...whole("a", 1), ...whole("b", 1), ...whole("c", 1));
  clock.passDays(1);
  await record(storage, "s", acted("a"), acted("b"));
  expect(await storage.cleanup({})).toMatchObject({ runsDeleted: 1 });
  expect(await runIds(storage)).toEqual(["a", "b"]);
});

it("was told of by nodes without type or content where its time was over in the middle of the answer", async () => {
  const { storage, clock } = await lab();
  const nodes = Array.from({ length: 1_500 }, (_, at) => node("old", `n${String(at)}`));
  await record(storage, "s", began("old", 1), ...nodes, ended("old"));
  clock.passDays(1);
  const run = (await storage.index.run("old")) as FoundRun;
  const reading = runLogs(storage.history, run);
  let text = "";
  for (let pieces = 0; pieces < 2; pieces += 1) text += String((await reading.next()).value);
  expect(await storage.cleanup({})).toMatchObject({ runsDeleted: 1 });
  for await (const piece of reading) text += piece.toString();
  const logs = JSON.parse(text) as RunLogs;
  expect(logs.nodes).toHaveLength(1_500);
  expect(logs.nodes.filter(({ type, output }) => type !== "t" || output !== SECRET)).toEqual([]);
});

it("was told of without its content where its time was over before it was read", async () => {
  const { storage, clock } = await lab();
  const large = command("execution_started", {
    runId: "old",
    agentId: "a",
    ttlDays: 1,
    input: "x".repeat(9_000),
  });
  await record(storage, "s", large, node("old"), ended("old"));
  clock.passDays(1);
  const run = (await storage.index.run("old")) as FoundRun;
  await storage.cleanup({});
  await expect(runLogs(storage.history, run).next()).rejects.toThrow(RunNotFound);
  await expect(wholeSummary(storage, run)).rejects.toThrow(RunNotFound);
  const pieces: string[] = [];
  for await (const piece of summaryArray(storage, [run])) pieces.push(piece.toString());
  expect(pieces.join("")).toBe("[]");
});

it("was not found by its id where its sender had escaped letters of it", async () => {
  const { storage, clock, dataDir } = await lab();
  const escaped = { ...acted("old"), raw: `{"type":"x","runId":"\\u006fld","input":"${SECRET}"}` };
  await record(storage, "s", began("old", 1), escaped, ended("old"));
  const seqs: number[] = [];
  for await (const events of storage.history.events("s", { after: 0, runId: "old" })) {
    seqs.push(...events.map(({ seq }) => seq));
  }
  expect(seqs).toEqual([2, 3, 4]);
  clock.passDays(1);
  await storage.cleanup({});
  expect(textOfLogs(dataDir, "s")).not.toContain(SECRET);
});

it("kept a service from stopping until its session's logs were written anew", async () => {
  const { storage, clock, dataDir } = await lab();
  const large = Array.from({ length: 200 }, () => action(undefined, { type: "x", pad: "x".repeat(50_000) }));
  await record(storage, "s", ...large, ...whole("old", 1));
  clock.passDays(1);
  const cleaning = storage.cleanup({});
  const folder = path.join(dataDir, "sessions", "s");
  await expect.poll(() => fs.readdirSync(folder), { interval: 1 }).toContain(".actions.jsonl.new");
  await storage.close();
  expect(await cleaning).toMatchObject({ runsDeleted: 0 });
  expect(fs.readdirSync(folder).filter((name) => name.endsWith(".new"))).toEqual([]);
  const next = await openStorage(dataDir, {}, clock);
  expect(await next.cleanup({})).toMatchObject({ runsDeleted: 1 });
});
