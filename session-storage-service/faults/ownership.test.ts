import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { Client } from "./support/client.js";
import { Ext4Disk } from "./support/ext4-disk.js";
import { temporaryFolder } from "./support/folders.js";
import { ServiceProcess, startService } from "./support/service.js";
import { injectInto } from "./support/strace.js";

/** Documented in docs/operations.md. */
const FOLDER_IN_USE = 3;

it("refuses a folder another service owns, naming the owner, until that one is dead", async () => {
  const dataDir = await temporaryFolder();
  const owner = await startService({ dataDir });
  await owner.client.createSession("s1");

  const second = new ServiceProcess({ dataDir });
  expect(await second.exited).toEqual({ code: FOLDER_IN_USE, signal: null });
  expect(second.output).toContain(String(owner.process.pid));
  expect(second.output).toContain(hostname());
  expect(await owner.client.readiness(), "the owner is unharmed").toBe(200);
  await owner.client.createSession("s2");

  await owner.process.kill();
  // One that finds the folder still owned would wait a moment and give up.
  await new ServiceProcess({ dataDir }).ready();
});

it("has one owner however two successors come between each other", async () => {
  const dataDir = await temporaryFolder();
  const owner = await startService({ dataDir });
  await owner.process.kill();
  const slow = new ServiceProcess({ dataDir });
  const trace = await injectInto(slow.pid, {
    calls: "rmdir,unlink,unlinkat,rename",
    paths: [join(dataDir, ".lock"), join(dataDir, "owner.json")],
    inject: "delay_enter=3s",
  });
  // It has found the owner dead, and is held right before it acts on that.
  await trace.begun();
  const quick = new ServiceProcess({ dataDir });
  const loser = await Promise.race(
    [slow, quick].map(async (process) => ({ process, exit: await process.exited })),
  );
  expect(loser.exit).toEqual({ code: FOLDER_IN_USE, signal: null });

  const winner = loser.process === slow ? quick : slow;
  const client = new Client(await winner.ready());
  // Longer than an owner takes to touch its lock, and so to find it gone.
  await sleep(3_000);
  expect(await client.readiness()).toBe(200);
  expect(await new ServiceProcess({ dataDir }).exited).toEqual({ code: FOLDER_IN_USE, signal: null });
  await client.close();
});

it("starts after a power loss, whatever is left of the lock", async () => {
  const disk = await Ext4Disk.create(64);
  await disk.mount();
  const dataDir = join(disk.mountpoint, "data");
  const owner = await startService({ dataDir });
  await owner.client.createSession("s1");
  owner.process.signal("SIGSTOP");
  await disk.cutPower();
  await owner.process.kill();
  await disk.unmount();
  await disk.mount();
  await new ServiceProcess({ dataDir }).ready();
});
