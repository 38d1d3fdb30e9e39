import fs from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import type { JsonObject } from "session-protocol";
import type { Command } from "../src/domain/decide.js";
import { inOrder, runsDocument, usageDocument } from "../src/domain/run-documents.js";
import type { Session } from "../src/domain/session.js";
import type { Storage } from "../src/storage.js";
import { command } from "./support/commands.js";
import { foldAll } from "./support/fold-all.js";
import { eventsIn, openStorage } from "./support/storages.js";
import { tempFolder } from "./support/temp-folder.js";

const CREATE = { data: { userId: "u", initial: {} } };
const ALL = { skip: 0, limit: 1_000 };

const began = (runId: string) => command("execution_started", { runId, agentId: "a1" });
const ended = (runId: string) => command("execution_failed", { runId, status: "timeout" });
const node = (runId: string) =>
  command("node_executed", { runId, nodeId: "n", nodeType: "t", status: "running" });
const used = (runId: string) =>
  command("response", { type: "text", runId, model: "gpt-4o", usage: { inputTokens: 100 } });

async function record(storage: Storage, sessionId: string, ...commands: Command[]): Promise<void> {
  await storage.sessions.submit(sessionId, { commands, create: CREATE });
}

const codeOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => (error as { code: string }).code,
  );

/** What the index says, which must be what the events of the session come to. */
async function expectTold(storage: Storage, sessionId: string): Promise<void> {
  const folded = foldAll(await eventsIn(storage, sessionId)) as Session;
  const { runs, usage } = await storage.sessions.get(sessionId);
  expect([runsDocument(runs), usageDocument(usage)]).toEqual([
    runsDocument(folded.runs),
    usageDocument(folded.usage),
  ]);
  const listed = (await storage.index.runs({ ...ALL, sessionId })).runs.map(({ summary }) => summary);
  const open = listed.filter(({ status }) => status === "running" || status === "interrupted");
  const counts = ({ runId, activityCount, tokensUsed }: (typeof listed)[number]) => [
    runId,
    activityCount,
    tokensUsed,
  ];
  expect(open.map(counts)).toEqual(
    inOrder(folded.runs)
      .toReversed()
      .map((run) => [run.runId, run.activityCount, run.tokenUsage.total]),
  );
}

async function recordSome(storage: Storage): Promise<void> {
  await record(storage, "s1", began("r1"), node("r1"), used("r1"), began("r2"));
  await record(storage, "s1", used("r2"), ended("r1"), used("r2"));
  await record(storage, "s2", began("r3"), command("interrupt"));
}

async function expectWhole(storage: Storage): Promise<void> {
  await expectTold(storage, "s1");
  await expectTold(storage, "s2");
  const { runs } = await storage.index.runs(ALL);
  expect(runs.map(({ summary }) => [summary.runId, summary.status, summary.tokensUsed])).toEqual([
    ["r3", "interrupted", 0],
    ["r2", "running", 200],
    ["r1", "timeout", 100],
  ]);
  expect(await codeOf(record(storage, "s1", node("r1")))).toBe("run_closed");
  expect(await codeOf(record(storage, "s2", began("r1")))).toBe("illegal_transition");
  expect(await storage.index.usage({ groupBy: "model" })).toMatchObject([
    { key: "gpt-4o", tokenUsage: { input: 300 }, costUsd: 0.00075, estimated: true },
    { key: null, runs: 3 },
  ]);
}

it("knows its runs after it was closed and opened", async () => {
  const dataDir = tempFolder();
  const storage = await openStorage(dataDir);
  await recordSome(storage);
  await expectWhole(storage);
  await storage.close();
  await expectWhole(await openStorage(dataDir));
});

it.each([
  ["everything else", []],
  ["no session file", ["sessions"]],
  ["documents that are cut off", ["sessions/s1/runs.json", "sessions/s1/usage.json"]],
])("knows its runs where the process was killed and the journal is there with %s", async (_, missing) => {
  const dataDir = tempFolder();
  await recordSome(await openStorage(dataDir));
  const left = path.join(tempFolder(), "data");
  fs.cpSync(dataDir, left, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (file) => !/index\.db|\.lock/.test(file),
  });
  for (const name of missing) {
    const target = path.join(left, name);
    if (name.endsWith(".json") && fs.existsSync(target)) fs.truncateSync(target);
    else fs.rmSync(target, { recursive: true, force: true });
  }
  await expectWhole(await openStorage(left));
});

it("tells an index that was left behind of what the journal still holds", async () => {
  const dataDir = tempFolder();
  const first = await openStorage(dataDir);
  await record(first, "s1", began("r1"), node("r1"), used("r1"), began("r2"));
  await first.close();
  const index = fs.readFileSync(path.join(dataDir, "index.db"));
  const second = await openStorage(dataDir);
  await record(second, "s1", used("r2"), ended("r1"), used("r2"));
  await record(second, "s2", began("r3"), command("interrupt"));
  const left = path.join(tempFolder(), "data");
  fs.cpSync(dataDir, left, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (file) => !/index\.db|\.lock/.test(file),
  });
  fs.writeFileSync(path.join(left, "index.db"), index);
  await expectWhole(await openStorage(left));
});

it("counts runs and costs of a fork once, and goes on with its open ones", async () => {
  const storage = await openStorage(tempFolder());
  await recordSome(storage);
  const before: JsonObject = { usage: await storage.index.usage({ groupBy: "day" }) };
  await storage.sessions.fork("s1", "fork", {});
  await record(storage, "fork", node("r2"), ended("r2"));
  expect(await codeOf(record(storage, "fork", node("r1")))).toBe("run_closed");
  await expectTold(storage, "fork");
  expect({ usage: await storage.index.usage({ groupBy: "day" }) }).toEqual(before);
  await expectWhole(storage);
});
