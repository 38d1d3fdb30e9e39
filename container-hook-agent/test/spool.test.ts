import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { inSessionFolder, removeIfEmpty } from "../src/session-folder.js";
import { freePort, problem, service } from "./support/agents.js";
import { filesIn, temporaryFolder } from "./support/folders.js";
import { away, keeping, numbers, record, onDisk } from "./support/spooling.js";

describe("what cannot be sent", () => {
  it("is on disk soon, and sent in order when the service is back", async () => {
    const folder = temporaryFolder();
    const port = await freePort();
    const hook = keeping(folder, { serviceUrl: `http://127.0.0.1:${port}` });
    record(hook, 2_500);
    await onDisk(hook, 2_500);
    record(hook, 10, 2_500);
    const { stored, batches } = await service({ port });
    expect(await hook.flush()).toMatchObject({ sent: 2_510, pending: 0, spooled: 0, dropped: 0 });
    expect(stored.map(({ data }) => data.i)).toEqual(numbers(2_510));
    expect(batches.at(-1)?.header.producer).toMatchObject({ recorded: 2_510, dropped: 0 });
    await hook.close();
    expect(filesIn(folder)).toEqual([]);
  });

  it("left an empty folder behind for every session", async () => {
    const folder = temporaryFolder();
    const port = await freePort();
    const hooks = [0, 1].map(() => keeping(folder, { serviceUrl: `http://127.0.0.1:${port}` }));
    for (const hook of hooks) {
      record(hook, 1);
      await onDisk(hook, 1);
    }
    await service({ port });
    for (const hook of hooks) {
      expect(readdirSync(folder)).toHaveLength(1);
      expect(await hook.flush(60_000)).toMatchObject({ sent: 1, spooled: 0 });
      await hook.close();
    }
    expect(readdirSync(folder)).toEqual([]);
  });

  it("is kept in a folder that another process has removed in the very moment", () => {
    const folder = join(temporaryFolder(), "s1");
    let attempts = 0;
    inSessionFolder(folder, () => {
      attempts += 1;
      if (attempts < 3) removeIfEmpty(folder);
      writeFileSync(join(folder, "lock"), "");
    });
    removeIfEmpty(folder);
    expect([attempts, readdirSync(folder)]).toEqual([3, ["lock"]]);
  });

  it("is on disk while a batch of it hangs, and not sent twice when that is answered", async () => {
    const folder = temporaryFolder();
    let release = (): void => undefined;
    const { url, stored, batches } = await service({
      fault: (_, number) =>
        number === 0 ? new Promise((resolve) => (release = () => resolve(undefined))) : undefined,
    });
    const hook = keeping(folder, { serviceUrl: url });
    record(hook, 30);
    await onDisk(hook, 30);
    record(hook, 5, 30);
    release();
    expect(await hook.flush()).toMatchObject({ sent: 35, spooled: 0 });
    expect(batches).toHaveLength(2);
    expect(stored.map(({ data }) => data.i)).toEqual(numbers(35));
  });

  it("takes what does not fit in memory, and loses none of it", async () => {
    const folder = temporaryFolder();
    const port = await freePort();
    const hook = keeping(folder, { serviceUrl: `http://127.0.0.1:${port}`, outbox: { maxEvents: 100 } });
    record(hook, 20_000);
    const { stored } = await service({ port });
    expect(await hook.flush()).toMatchObject({ sent: 20_000, dropped: 0 });
    expect(stored.map(({ data }) => data.i)).toEqual(numbers(20_000));
  });

  it("is given up from the oldest on where there is no room for it, and counted", async () => {
    const folder = temporaryFolder();
    const port = await freePort();
    const options = { serviceUrl: `http://127.0.0.1:${port}`, outbox: { maxEvents: 100 } };
    const hook = keeping(folder, options, 100_000);
    record(hook, 3_000);
    await expect.poll(() => hook.flush(50)).toMatchObject({ pending: 0 });
    const { dropped, pending, spooled } = await hook.flush(0);
    expect(dropped).toBeGreaterThan(1_000);
    expect(dropped + pending + spooled).toBe(3_000);
    const { stored, batches } = await service({ port });
    await hook.flush();
    expect(stored).toHaveLength(3_000 - dropped);
    expect(stored.at(-1)?.data.i).toBe(2_999);
    expect(batches.at(-1)?.header.producer).toMatchObject({ recorded: 3_000, dropped });
    expect(hook.warnings).toContainEqual(expect.stringContaining("the oldest events are dropped"));
  });

  it("holds no credential on disk", async () => {
    const folder = temporaryFolder();
    const hook = keeping(folder, { serviceUrl: await away() });
    const key = `ghp_${"a1B2".repeat(9)}`;
    hook.logAction({ type: "note", key, headers: { authorization: "opaque" } });
    await hook.close(0);
    const text = filesIn(folder)
      .map((file) => readFileSync(file, "utf8"))
      .join("");
    expect(text).toContain("[redacted:github-token]");
    expect(text).not.toContain(key);
    expect(text).not.toContain("opaque");
  });

  it("stays in memory, bounded, where the disk takes nothing", async () => {
    const folder = join(temporaryFolder(), "file");
    writeFileSync(folder, "");
    const port = await freePort();
    const hook = keeping(folder, { serviceUrl: `http://127.0.0.1:${port}`, outbox: { maxEvents: 50 } });
    record(hook, 80);
    await expect.poll(() => hook.flush(50)).toMatchObject({ pending: 50, spooled: 0, dropped: 30 });
    await expect
      .poll(() => hook.warnings)
      .toContainEqual(expect.stringContaining("events cannot be kept on disk"));
    const { stored } = await service({ port });
    expect(await hook.flush()).toMatchObject({ sent: 50 });
    expect(stored).toHaveLength(50);
  });
});

describe("what the service refuses", () => {
  const refusing = () =>
    service({
      fault: ({ events }) => {
        const bad = events.findIndex(({ data }) => data.i === 7);
        return bad === -1
          ? undefined
          : problem(400, "invalid_request", [{ path: `events.${bad}.data`, message: "is bad" }]);
      },
    });

  it.each(["memory", "disk"])("is set aside from %s with its reason, and the rest goes on", async (from) => {
    const folder = temporaryFolder();
    const { url, stored } = await refusing();
    const first = keeping(folder, { serviceUrl: from === "disk" ? await away() : url });
    record(first, 20);
    await first.close(from === "disk" ? 0 : 5_000);
    const hook = keeping(folder, { serviceUrl: url });
    await expect.poll(() => stored.length).toBe(19);
    await hook.close();
    const [aside, ...others] = filesIn(folder);
    expect(others).toEqual([]);
    expect(JSON.parse(readFileSync(aside ?? "", "utf8"))).toMatchObject({
      reason: expect.stringContaining("is bad") as unknown,
      event: { type: "action", data: { i: 7 } },
    });
  });
});

describe("what a former process left", () => {
  it("is sent first, as that process's, by the next of the same session", async () => {
    const folder = temporaryFolder();
    const before = keeping(folder, { serviceUrl: await away() });
    record(before, 1_200);
    expect(await before.close(0)).toMatchObject({ pending: 0, spooled: 1_200 });
    const { url, stored, batches } = await service();
    const other = keeping(folder, { serviceUrl: url, sessionId: "another" });
    record(other, 1);
    await other.close();
    expect(stored.splice(0)).toHaveLength(1);
    batches.splice(0);

    const after = keeping(folder, { serviceUrl: url });
    record(after, 3, 1_200);
    expect(await after.flush()).toMatchObject({ sent: 1_203, spooled: 0 });
    expect(stored.map(({ data }) => data.i)).toEqual(numbers(1_203));
    const producers = batches.map(({ header }) => header.producer);
    expect(new Set(producers.map((producer) => producer?.id)).size).toBe(2);
    expect(producers.map((producer) => producer?.recorded)).toEqual([1_200, 1_200, 3]);
    await after.close();
    expect(filesIn(folder)).toEqual([]);
  });

  it("is sent whole although what was noted about it is damaged", async () => {
    const folder = temporaryFolder();
    const before = keeping(folder, { serviceUrl: await away() });
    record(before, 1_500);
    await before.close(0);
    writeFileSync(filesIn(folder).find((file) => file.endsWith("spool.json")) ?? "", '{"produ');
    const { url, stored } = await service();
    const after = keeping(folder, { serviceUrl: url });
    await expect.poll(() => stored.length).toBe(1_500);
    expect(await after.close()).toMatchObject({ spooled: 0 });
    expect(filesIn(folder)).toEqual([]);
  });

  it("is found by a process that has nothing to record, when another ends", async () => {
    const folder = temporaryFolder();
    const { url, stored } = await service();
    keeping(folder, { serviceUrl: url, heartbeatMs: 100 });
    const ending = keeping(folder, { serviceUrl: await away() });
    record(ending, 3);
    await ending.close(0);
    await expect.poll(() => stored.length).toBe(3);
  });

  it("is sent by one of two that look for it at the same time", async () => {
    const folder = temporaryFolder();
    const before = keeping(folder, { serviceUrl: await away() });
    record(before, 50);
    await before.close(0);
    const { url, stored, batches } = await service();
    const both = [keeping(folder, { serviceUrl: url }), keeping(folder, { serviceUrl: url })];
    both.forEach((hook, i) => record(hook, 1, 50 + i));
    await Promise.all(both.map((hook) => hook.flush()));
    expect(stored).toHaveLength(52);
    expect(batches).toHaveLength(3);
  });

  it("is left alone while that process lives", async () => {
    const folder = temporaryFolder();
    const living = keeping(folder, { serviceUrl: await away() });
    record(living, 50);
    await onDisk(living, 50);
    const { url, stored } = await service();
    const other = keeping(folder, { serviceUrl: url });
    record(other, 1, 50);
    expect(await other.flush()).toMatchObject({ sent: 1, spooled: 0 });
    expect(stored).toHaveLength(1);
  });

  it("is taken over from an owner that is gone although its lock is fresh", async () => {
    const folder = temporaryFolder();
    const before = keeping(folder, { serviceUrl: await away() });
    record(before, 5);
    await before.close(0);
    const ownerFile = filesIn(folder).find((file) => file.endsWith("owner.json")) ?? "";
    const owner = JSON.parse(readFileSync(ownerFile, "utf8")) as object;
    writeFileSync(ownerFile, JSON.stringify({ ...owner, processStart: "1" }));
    const log = join(ownerFile, "..");
    mkdirSync(join(log, "..", `.${log.split("/").at(-1) ?? ""}.lock`));
    const { url, stored } = await service();
    const after = keeping(folder, { serviceUrl: url });
    record(after, 1, 5);
    await after.flush();
    expect(stored.map(({ data }) => data.i)).toEqual(numbers(6));
  });
});
