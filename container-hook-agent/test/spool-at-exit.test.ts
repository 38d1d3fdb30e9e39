import { describe, expect, it } from "vitest";
import { service } from "./support/agents.js";
import { LOAD, runScript, type Ended } from "./support/child.js";
import { temporaryFolder } from "./support/folders.js";
import { away, keeping, numbers, record } from "./support/spooling.js";

describe("a process that ends", () => {
  const record3 = `for (let i = 0; i < 3; i++) hookAgent.logAction({ type: "note", i });`;
  const run = async (folder: string, script: string, url: string, signal?: NodeJS.Signals): Promise<Ended> =>
    runScript(
      LOAD + script,
      { SESSION_SERVICE_URL: url, SESSION_SPOOL_DIR: folder, SESSION_ID: "s1" },
      signal,
    );

  it.each([
    ["naturally", "", { code: 0, signal: null }],
    ["with process.exit", "process.exit(5);", { code: 5, signal: null }],
    ["with an uncaught exception", "throw new Error('bug');", { code: 1, signal: null }],
    [
      "with an unhandled rejection",
      "Promise.reject(new Error('bug')); await new Promise(() => {});",
      { code: 1, signal: null },
    ],
    ["by SIGTERM", "console.log('ready'); setInterval(() => {}, 1_000);", { code: null, signal: "SIGTERM" }],
    [
      "by SIGTERM it handles itself",
      "process.on('SIGTERM', () => process.exit(9)); console.log('ready'); setInterval(() => {}, 1_000);",
      { code: 9, signal: null },
    ],
    ["by SIGINT", "console.log('ready'); setInterval(() => {}, 1_000);", { code: null, signal: "SIGINT" }],
  ] as const)("%s leaves what is queued on disk, and ends as it would have", async (_, end, expected) => {
    const folder = temporaryFolder();
    const url = (await service({ fault: () => "hang" })).url;
    const ended = await run(folder, record3 + end, url, _.endsWith("SIGINT") ? "SIGINT" : "SIGTERM");
    expect(ended).toMatchObject(expected);
    const { url: well, stored } = await service();
    await keeping(folder, { serviceUrl: well }).flush();
    await expect.poll(() => stored.map(({ data }) => data.i)).toEqual(numbers(3));
  });

  it("waits for a service that answers, and not for one that is away", async () => {
    const folder = temporaryFolder();
    const { url, stored } = await service();
    const patient = `hookAgent.createHookAgent({ exitTimeoutMs: 60_000 }).logAction({ type: "note" });`;
    await run(folder, patient, url);
    expect(stored).toHaveLength(1);
    const ended = await run(folder, patient, await away());
    expect(ended).toMatchObject({ code: 0, signal: null });
  });

  it("does not end by a signal it handles otherwise", async () => {
    const handled = `${record3}
      process.on("SIGTERM", () => { console.log("kept on"); setTimeout(() => process.exit(3), 300); });
      console.log("ready"); setInterval(() => {}, 1_000);`;
    const ended = await run(temporaryFolder(), handled, await away(), "SIGTERM");
    expect(ended).toMatchObject({ code: 3, signal: null });
    expect(ended.stdout).toContain("kept on");
  });

  it("by SIGKILL loses none of what waited, and the next sends it at once", async () => {
    const folder = temporaryFolder();
    const many = `for (let i = 0; i < 5_000; i++) hookAgent.logAction({ type: "note", i });
      while ((await hookAgent.flush(50)).spooled < 5_000);
      console.log("ready"); setInterval(() => {}, 1_000);`;
    const ended = await run(folder, many, await away(), "SIGKILL");
    expect(ended.signal).toBe("SIGKILL");
    const { url, stored, batches } = await service();
    const hook = keeping(folder, { serviceUrl: url });
    record(hook, 1, 5_000);
    await hook.flush();
    expect(stored.map(({ data }) => data.i)).toEqual(numbers(5_001));
    expect(batches[0]?.header.producer).toMatchObject({ recorded: 5_000, dropped: 0 });
  });

  it("with a full outbox puts of it on disk what it can in little time", async () => {
    const folder = temporaryFolder();
    const full = `const text = "x".repeat(1_000);
      for (let i = 0; i < 9_000; i++) hookAgent.logAction({ type: "note", i, text });
      process.exit();`;
    await run(folder, full, await away());
    const { url, stored } = await service();
    expect(await keeping(folder, { serviceUrl: url }).flush()).toMatchObject({ pending: 0 });
    await expect.poll(() => stored.length).toBeGreaterThan(100);
  });
});
