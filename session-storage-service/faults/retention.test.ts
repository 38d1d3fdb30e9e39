import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { CleanupResult, Metadata } from "session-protocol";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import type { Client } from "./support/client.js";
import { run } from "./support/command.js";
import { Ext4Disk } from "./support/ext4-disk.js";
import { temporaryFolder } from "./support/folders.js";
import { startService, type RunningService } from "./support/service.js";
import { FREEZE_AFTER, FREEZE_BEFORE, injectInto } from "./support/strace.js";
import { waitFor } from "./support/waiting.js";

const env = { ARCHIVE: "on" };
/** So short that a time is over when it begins. */
const NO_TIME = 1e-9;
const SECRET = "the content of an expired run";

interface Step {
  name: string;
  calls: string;
  path: string;
  inject: string;
}

const WRITES = "write,writev,pwrite64,pwritev,pwritev2";
const SYNCS = "fsync,fdatasync";
const RENAMES = "rename,renameat,renameat2";

const STEPS: Step[] = [
  ...around("writing the archive", WRITES, "archive/.gone.tar.gz.new"),
  ...around("syncing the archive", SYNCS, "archive/.gone.tar.gz.new"),
  ...around("naming the archive", RENAMES, "archive/.gone.tar.gz.new"),
  ...around("syncing the archive's name", SYNCS, "archive"),
  ...around("removing a file of the session", "unlink,unlinkat", "sessions/gone/events.jsonl"),
  ...around("writing a stripped log", WRITES, "sessions/kept/.actions.jsonl.new"),
  ...around("syncing a stripped log", SYNCS, "sessions/kept/.actions.jsonl.new"),
  ...around("putting a stripped log in place", RENAMES, "sessions/kept/.actions.jsonl.new"),
  ...around("syncing the place of a stripped log", SYNCS, "sessions/kept"),
  ...around("putting the last stripped log in place", RENAMES, "sessions/kept/.events.jsonl.new"),
];

function around(what: string, calls: string, path: string): Step[] {
  return [
    { name: `before ${what}`, calls, path, inject: FREEZE_BEFORE },
    { name: `after ${what}`, calls, path, inject: FREEZE_AFTER },
  ];
}

describe.each(["the process is killed", "the power is cut"])(
  "loses nothing that stays, and cleans up later, where %s",
  (fault) => {
    it.each(STEPS.map((step) => [step.name, step] as const))("%s", async (_, { path, ...injection }) => {
      const disk = fault === "the power is cut" ? await Ext4Disk.create(64) : undefined;
      await disk?.mount();
      const dataDir = join(disk?.mountpoint ?? (await temporaryFolder()), "data");
      const service = await startService({ dataDir, env });
      await record(service.client);
      const before = await factsOf(service.client);
      const log = await readFile(join(dataDir, "sessions/gone/events.jsonl"), "utf8").catch(() => "");
      const trace = await injectInto(service.process.pid, { ...injection, paths: [join(dataDir, path)] });
      const cleaning = cleanUp(service.client).catch(() => undefined);
      await trace.happened();
      await end(service, disk);
      await cleaning;
      await disk?.mount();

      const { client } = await startService({ dataDir, env });
      expect(await factsOf(client)).toEqual(before);
      const isThere = (await client.send({ method: "GET", path: "/api/sessions/gone" })).status === 200;
      if (isThere) expect(await client.verify("gone")).toMatchObject({ complete: true, lastSeq: 2 });
      else await expectArchive(dataDir, log);
      await expectClean(client, dataDir, log);
    });
  },
);

it("lost what was recorded while a log was written anew, where the journal had let go of it before the power went", async () => {
  const disk = await Ext4Disk.create(64);
  // Else ext4 itself takes care of what is renamed.
  await disk.mount("noauto_da_alloc");
  const dataDir = join(disk.mountpoint, "data");
  const service = await startService({ dataDir, env: { SEGMENT_BYTES: "4096" } });
  await record(service.client);
  const paths = [join(dataDir, "sessions/kept/.actions.jsonl.new")];
  const trace = await injectInto(service.process.pid, {
    calls: SYNCS,
    paths,
    inject: "delay_enter=3000000",
    when: "1+",
  });
  const cleaning = cleanUp(service.client);
  await trace.begun();
  for (let count = 0; count < 50; count += 1) {
    await service.client.post("/api/actions/kept", { type: "x", pad: "x".repeat(200) });
  }
  const { offset } = (await service.client.events("kept")).at(-30) ?? { offset: Infinity };
  await waitFor(
    "the journal to let go of it",
    async () => (await firstOffset(dataDir)) > offset || undefined,
  );
  const before = await factsOf(service.client);
  expect(await cleaning).toMatchObject({ runsDeleted: 1 });
  await end(service, disk);

  await disk.mount("noauto_da_alloc");
  const { client } = await startService({ dataDir });
  expect(await factsOf(client)).toEqual(before);
});

async function firstOffset(dataDir: string): Promise<number> {
  const [first = "0"] = (await readdir(join(dataDir, "journal")))
    .filter((name) => name.endsWith(".log"))
    .sort();
  return parseInt(first, 10);
}

/** A session whose time is over, and one that stays, with a run whose time is over. */
async function record(client: Client): Promise<void> {
  const create = (sessionId: string, ttlDays?: number) =>
    client.post("/api/sessions", { sessionId, userId: "u", initial: {}, ttlDays });
  const activity = (runId: string) => [
    {
      type: "execution_started",
      data: { runId, agentId: "a", ttlDays: runId === "old" ? NO_TIME : null, input: SECRET },
    },
    {
      type: "node_executed",
      data: { runId, nodeId: "n", nodeType: "t", status: "completed", output: SECRET },
    },
    { type: "action", id: `act-${runId}`, data: { type: "tool_call", runId, input: SECRET } },
    { type: "response", data: { type: "text", runId, content: SECRET, usage: { inputTokens: 5 } } },
    { type: "execution_completed", data: { runId, output: SECRET } },
  ];
  await create("kept");
  await client.post("/api/sessions/kept/batch", { events: [...activity("old"), ...activity("young")] });
  await create("gone", NO_TIME);
  await client.post("/api/sessions/gone/finalize", {});
  await expect
    .poll(() => client.send({ method: "GET", path: "/api/query/stats" }))
    .toMatchObject({ body: { completed: 1 } });
}

/** What the session that stays is, whatever has become of its run. */
async function factsOf(client: Client): Promise<object> {
  const { metadata } = await client.read("/api/sessions/kept", z.object({ metadata: Metadata }));
  const events = await client.events("kept");
  const headers = events.map(({ seq, offset, id, type, timestamp }) => [seq, offset, id, type, timestamp]);
  return { metadata, headers, verified: await client.verify("kept"), state: await client.state("kept") };
}

async function cleanUp(client: Client): Promise<CleanupResult> {
  return CleanupResult.parse((await client.post("/api/admin/cleanup", {})).body);
}

/** The next pass does what was left to do, and after that there is nothing. */
async function expectClean(client: Client, dataDir: string, log: string): Promise<void> {
  await cleanUp(client);
  expect(await cleanUp(client)).toMatchObject({ sessionsDeleted: 0, runsDeleted: 0 });
  await expectArchive(dataDir, log);
  for (const path of ["/api/sessions/gone", "/api/runs/old"]) {
    expect(await client.send({ method: "GET", path })).toMatchObject({ status: 404 });
  }
  const young = (await client.events("kept")).filter(({ data }) => data.runId === "young");
  expect(JSON.stringify(young).split(SECRET)).toHaveLength(6);
  const old = (await client.events("kept")).filter(({ data }) => data.runId === "old");
  expect(old.map(({ expired }) => expired)).toEqual([true, true, true, true, true]);
  expect(JSON.stringify(old)).not.toContain(SECRET);
  const again = await client.post("/api/actions/kept", { id: "act-old", type: "tool_call" });
  expect(again.body).toMatchObject({ duplicate: true });
}

async function expectArchive(dataDir: string, log: string): Promise<void> {
  const archives = (await readdir(join(dataDir, "archive"))).filter((name) => !name.startsWith("."));
  expect(archives).toEqual(["gone.tar.gz"]);
  const packed = await run("tar", "-xzOf", join(dataDir, "archive", "gone.tar.gz"), "gone/events.jsonl");
  expect(packed.split("\n")).toHaveLength(2);
  expect(packed.startsWith(log.trim())).toBe(true);
}

/** What is frozen is killed; the power goes before. */
async function end({ process, client }: RunningService, disk: Ext4Disk | undefined): Promise<void> {
  process.signal("SIGSTOP");
  await disk?.cutPower();
  await process.kill();
  await client.close();
  await disk?.unmount();
}
