import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { pino } from "pino";
import { expect, it, onTestFinished } from "vitest";
import { parseConfig } from "../src/config.js";
import { reindex } from "../src/maintenance.js";
import { packSession } from "../src/projection/archive.js";
import { Layout } from "../src/projection/layout.js";
import { startService } from "../src/service.js";
import { tempFolder } from "./support/temp-folder.js";

const log = pino({ level: "silent" });
/** So short that a session's time is over when it ends. */
const NO_TIME = 1e-9;

const READS = [
  "/api/sessions/s1",
  "/api/sessions/s1/events",
  "/api/sessions/s1/verify",
  "/api/sessions/s1/export?format=ndjson",
  "/api/sessions/s1/runs",
  "/api/runs/r1",
  "/api/agents/logs?runId=r1",
  "/api/actions/s1",
  "/api/actions/s1/responses",
  "/api/state/s1",
  "/api/state/s1?atSeq=3",
  "/api/query/usage?groupBy=agentId",
  "/api/query/search?q=needle&sessionId=s1",
  "/api/sessions?q=s1",
];

async function serve(dataDir: string) {
  const config = parseConfig({ PORT: "0", DATA_DIR: dataDir, ARCHIVE: "on" });
  const service = await startService({ config, log });
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= service.stop());
  onTestFinished(stop);
  const url = `http://127.0.0.1:${String(service.port)}`;
  const call = async (target: string, body?: unknown): Promise<{ status: number; body: unknown }> => {
    const headers = { "content-type": "application/json" };
    const post = { method: "POST", headers, body: JSON.stringify(body) };
    const answer = await fetch(url + target, body === undefined ? {} : post);
    const text = await answer.text();
    return { status: answer.status, body: target.includes("ndjson") ? text : (JSON.parse(text) as unknown) };
  };
  return { call, stop };
}

type Call = Awaited<ReturnType<typeof serve>>["call"];

const answers = (call: Call) => Promise.all(READS.map(async (target) => [target, await call(target)]));

async function recordSession(call: Call): Promise<void> {
  await call("/api/sessions", { sessionId: "other", userId: "u", initial: {} });
  await call("/api/sessions", { sessionId: "s1", userId: "u", initial: { a: 1 }, ttlDays: NO_TIME });
  await call("/api/sessions", { sessionId: "child", userId: "u", initial: {}, parentSession: "s1" });
  await call("/api/sessions/s1/runs", { runId: "r1", agentId: "a1", input: "in" });
  await call("/api/sessions/s1/runs/r1/nodes", { nodeId: "n", nodeType: "t", status: "completed" });
  await call("/api/sessions/s1/batch", {
    producer: { id: "p", recorded: 2, dropped: 0 },
    events: [
      { type: "action", id: "e1", data: { type: "tool_call", input: "needle é \u0000", runId: "r1" } },
      { type: "response", id: "e2", data: { model: "gpt-4o", usage: { inputTokens: 9 }, runId: "r1" } },
    ],
  });
  await call("/api/sessions/s1/runs/r1/complete", { status: "completed" });
  await call("/api/sessions/s1/finalize", { status: "success", outcome: { done: true } });
}

it("gives back from its archive a session that answers everything as before", async () => {
  const dataDir = tempFolder();
  const first = await serve(dataDir);
  await recordSession(first.call);
  const before = await answers(first.call);
  expect(before.map(([, answer]) => (answer as { status: number }).status)).toEqual(READS.map(() => 200));
  expect((await first.call("/api/admin/cleanup", {})).body).toMatchObject({ sessionsDeleted: 1 });
  expect((await first.call("/api/sessions/s1")).status).toBe(404);
  await first.stop();

  execFileSync("tar", [
    "-xzf",
    path.join(dataDir, "archive", "s1.tar.gz"),
    "-C",
    path.join(dataDir, "sessions"),
  ]);
  await reindex(parseConfig({ DATA_DIR: dataDir }), log);
  const second = await serve(dataDir);
  expect(await answers(second.call)).toEqual(before);
  const repeated = await second.call("/api/sessions/s1/resume", {});
  expect(repeated.status).toBe(200);
  const again = await second.call("/api/actions/s1", { id: "e1", type: "tool_call" });
  expect(again.body).toMatchObject({ duplicate: true });
});

it("packs the same folder into the same bytes, links as links", async () => {
  const layout = new Layout(tempFolder());
  const folder = layout.session("s1");
  fs.mkdirSync(path.join(folder, "subsessions"), { recursive: true });
  for (const name of ["b.json", "a.jsonl", ".state.json.new"])
    fs.writeFileSync(path.join(folder, name), name);
  fs.symlinkSync("../../child", path.join(folder, "subsessions", "child"));
  const target = path.join(layout.archive, "s1.tar.gz");
  const packed = async (): Promise<Buffer> => {
    await (
      await packSession(layout, "s1", { modified: new Date(0), signal: new AbortController().signal })
    ).keep();
    return fs.readFileSync(target);
  };
  const once = await packed();
  fs.utimesSync(path.join(folder, "b.json"), 1, 1);
  expect(await packed()).toEqual(once);
  expect(fs.readdirSync(layout.archive)).toEqual(["s1.tar.gz"]);
  const listed = execFileSync("tar", ["-tvzf", target], { encoding: "utf8" });
  expect(listed.split("\n").map((line) => line.replace(/^.*\d\d:\d\d /, ""))).toEqual([
    "s1/",
    "s1/a.jsonl",
    "s1/b.json",
    "s1/subsessions/",
    "s1/subsessions/child -> ../../child",
    "",
  ]);
});

it("kept a service from stopping while a large session was packed", async () => {
  const layout = new Layout(tempFolder());
  fs.mkdirSync(layout.session("s1"), { recursive: true });
  fs.writeFileSync(path.join(layout.session("s1"), "a.jsonl"), randomBytes(8 * 1_024 * 1_024));
  const closing = new AbortController();
  const packing = packSession(layout, "s1", { modified: new Date(0), signal: closing.signal });
  closing.abort();
  await expect(packing).rejects.toThrow(/abort/);
});
