import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { audit } from "./support/audit.js";
import { Crew } from "./support/crew.js";
import { Ext4Disk } from "./support/ext4-disk.js";
import { startService, type RunningService } from "./support/service.js";
import { FREEZE_AFTER, FREEZE_BEFORE, injectInto } from "./support/strace.js";
import { between } from "./support/waiting.js";

const env = { SEGMENT_BYTES: String(64 * 1024) };
const CYCLES = 32;

/**
 * Every other mount commits names and sizes each second without the bytes they stand for, as file systems may:
 * a document replaced without a sync is then empty or old after the cut.
 */
const CARELESS = ["noauto_da_alloc", "commit=1"];

it(`keeps every acknowledged event through ${CYCLES} power cuts at random moments`, async () => {
  const disk = await Ext4Disk.create(256);
  const dataDir = join(disk.mountpoint, "data");
  const crew = new Crew("s");
  await disk.mount();
  for (let cycle = 0; cycle < CYCLES; cycle += 1) {
    const service = await startService({ dataDir, env });
    if (cycle === 0) await crew.openSessions(service.client);
    expect(await audit(service.client, dataDir, crew.ledger), `after cut ${cycle}`).toEqual([]);
    expect(await crew.redeliver(service.client), `after cut ${cycle}`).toEqual([]);
    // A lone writer's lines take the place of zeros, where the disk is quick.
    const writing = cycle % 4 === 1 ? crew.writeAlone(service.client) : crew.write(service.client);
    await crew.acknowledges(20);
    await sleep(between(0, cycle % 4 === 3 ? 1_500 : 200));
    await cut(disk, service);
    await writing;
    await disk.mount(...(cycle % 2 === 0 ? [] : CARELESS));
  }
  const { client } = await startService({ dataDir, env });
  expect(await audit(client, dataDir, crew.ledger)).toEqual([]);
  console.log(`${crew.ledger.acknowledgedEvents} events were acknowledged over ${CYCLES} power cuts`);
  expect(crew.ledger.acknowledgedEvents).toBeGreaterThanOrEqual(CYCLES * 20);
}, 300_000);

/** The paths a step may touch: all known before it happens. */
interface Paths {
  journal: string;
  segment: string;
  /** Every name the next segment can have. */
  nextSegments: string[];
  session: string;
}

interface Step {
  name: string;
  calls: string;
  paths: (paths: Paths) => string[];
  inject: string;
  when: string;
}

const WRITES = "write,writev,pwrite64,pwritev,pwritev2";
const SYNCS = "fsync,fdatasync";

const STEPS: Step[] = [
  ...around("the journal write", WRITES, ({ segment }) => [segment]),
  ...around("the journal sync", SYNCS, ({ segment }) => [segment]),
  ...around("the session file write", WRITES, ({ session }) => [join(session, "actions.jsonl")]),
  ...around("opening the next segment", "openat", ({ nextSegments }) => nextSegments),
  ...around("syncing the journal folder", SYNCS, ({ journal }) => [journal]),
  ...around("the first write to the next segment", WRITES, ({ nextSegments }) => nextSegments),
  ...around("the first sync of the next segment", SYNCS, ({ nextSegments }) => nextSegments),
  ...around("syncing a session file for the checkpoint", SYNCS, ({ session }) => [
    join(session, "actions.jsonl"),
  ]),
  ...around("removing the retired segment", "unlink,unlinkat,rename,renameat2", ({ segment }) => [segment]),
  // The first sync of the folder is for the new segment's name.
  ...around("syncing the removal", SYNCS, ({ journal }) => [journal], "2"),
];

describe("keeps every acknowledged event when the power is cut", () => {
  it.each(STEPS.map((step) => [step.name, step] as const))("%s", async (_, { paths, ...injection }) => {
    const disk = await Ext4Disk.create(64);
    const dataDir = join(disk.mountpoint, "data");
    await disk.mount();
    const service = await startService({ dataDir, env });
    const crew = new Crew("s", 2);
    await crew.openSessions(service.client);
    await crew.writeOnce(service.client);
    const trace = await injectInto(service.process.pid, {
      ...injection,
      paths: paths(await pathsOf(dataDir)),
    });
    const writing = crew.write(service.client);
    await trace.happened();
    await cut(disk, service);
    await writing;
    await disk.mount();

    const { client } = await startService({ dataDir, env });
    expect(await audit(client, dataDir, crew.ledger)).toEqual([]);
    expect(await crew.writeOnce(client)).toEqual(crew.writers.map(() => "acknowledged"));
    expect(await audit(client, dataDir, crew.ledger)).toEqual([]);
  });
});

function around(what: string, calls: string, paths: Step["paths"], when = "1"): Step[] {
  return [
    { name: `before ${what}`, calls, paths, inject: FREEZE_BEFORE, when },
    { name: `after ${what}`, calls, paths, inject: FREEZE_AFTER, when },
  ];
}

/**
 * The process is stopped before the power goes: this kernel lets an `fdatasync` that is under way while the file
 * system is shut down report success for what is lost, which no real power cut does.
 */
async function cut(disk: Ext4Disk, { process, client }: RunningService): Promise<void> {
  process.signal("SIGSTOP");
  await disk.cutPower();
  await process.kill();
  await client.close();
  await disk.unmount();
}

async function pathsOf(dataDir: string): Promise<Paths> {
  const journal = join(dataDir, "journal");
  const [segment] = (await readdir(journal)).filter((name) => name.endsWith(".log")).sort();
  if (segment === undefined) throw new Error("the journal has no segment");
  const first = Number.parseInt(segment, 10);
  // A segment is named by its first offset; one of 64 KiB holds a few hundred events.
  const nextSegments = Array.from(
    { length: 1_500 },
    (_, n) => `${String(first + 1 + n).padStart(16, "0")}.log`,
  );
  return {
    journal,
    segment: join(journal, segment),
    nextSegments: nextSegments.map((name) => join(journal, name)),
    session: join(dataDir, "sessions", "s-0"),
  };
}
