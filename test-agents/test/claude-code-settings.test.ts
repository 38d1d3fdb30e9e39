import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Workspace } from "./support/claude.js";
import type { Running } from "./support/container.js";
import { expectWhole, useParts } from "./support/parts.js";
import { ofType, toolActions } from "./support/session.js";

const { container, read, serviceUrl } = useParts();

/** Settings with a hook that leaves a file behind. */
const settingsThatTouch = (file: string): string =>
  JSON.stringify({
    hooks: { PostToolUse: [{ matcher: "Bash", hooks: [{ type: "command", command: `touch ${file}` }] }] },
  });

describe("hooks and settings of the user's own", () => {
  it("work as before and stay as they are, those on the command line too", async () => {
    const box = container("own");
    const [inProject, onCommandLine] = [
      join(box.folder, "from-project"),
      join(box.folder, "from-command-line"),
    ];
    const projectFile = join(box.workspace, ".claude/settings.json");
    mkdirSync(join(box.workspace, ".claude"));
    writeFileSync(projectFile, settingsThatTouch(inProject));
    const ownFile = join(box.folder, "own-settings.json");
    writeFileSync(ownFile, settingsThatTouch(onCommandLine));

    const command = box.claudeCommand(`play:batch dir:${box.workspace}`, "--settings", ownFile);
    const { code } = await box.hookAgent(["run", "--", ...command], { TMPDIR: box.folder }).ended;
    expect(code).toBe(0);
    expect(readdirSync(box.folder).filter((name) => name.startsWith("hook-agent-"))).toEqual([]);
    expect([existsSync(inProject), existsSync(onCommandLine)]).toEqual([true, true]);
    expect(readFileSync(projectFile, "utf8")).toBe(settingsThatTouch(inProject));
    expect(readFileSync(ownFile, "utf8")).toBe(settingsThatTouch(onCommandLine));
    const session = await read("own");
    expectWhole(session);
    expect(toolActions(session)).toHaveLength(2);
  });

  it("of a proxy do not keep hooks from the recorder", async () => {
    const proxies = {
      HTTP_PROXY: "http://127.0.0.1:1",
      http_proxy: "http://127.0.0.1:1",
      NO_PROXY: "127.0.0.1",
    };
    const box = container("proxied", proxies);
    const { code } = await box.claude(`play:batch dir:${box.workspace}`);
    expect(code).toBe(0);
    expect(toolActions(await read("proxied"))).toMatchObject([
      { status: "completed" },
      { status: "completed" },
    ]);
  });
});

describe("a machine on which a hook's program takes long to start", () => {
  it("left the session without its start", async () => {
    const box = container("slow-start");
    const slow = join(box.folder, "slow.cjs");
    const wait = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_000)";
    writeFileSync(slow, `if (process.argv[1]?.includes("hook-agent-relay")) ${wait};`);
    const command = box.claudeCommand("play:answer");
    const ended = await box.hookAgent(["run", "--", ...command], { NODE_OPTIONS: `--require=${slow}` }).ended;
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(ofType(await read("slow-start"), "session_start")).toMatchObject([{ source: "startup" }]);
  });
});

describe("a conversation of Claude Code that goes on", () => {
  it("is recorded from where it goes on, and compacted with its summary", async () => {
    const box = container("first");
    await box.claude(`play:answer dir:${box.workspace}`);
    const again = box.claudeCommand("play:answer once more", "--continue");
    await box.hookAgent(["run", "--", ...again], { SESSION_ID: "second" }).ended;
    const second = await read("second");
    expectWhole(second);
    expect(second.responses).toHaveLength(1);
    expect(ofType(second, "session_start")).toMatchObject([{ source: "resume" }]);

    const compact = box.claudeCommand("/compact", "--continue");
    await box.hookAgent(["run", "--", ...compact], { SESSION_ID: "third" }).ended;
    const third = await read("third");
    expectWhole(third);
    expect(ofType(third, "compaction")).toMatchObject([
      { trigger: "manual", output: expect.any(String) as string },
    ]);
    expect(third.state.agents.spawned).toEqual([]);
  });

  it("in a session that has ended reopens it", async () => {
    const box = container("reopened");
    await box.claude(`play:answer dir:${box.workspace}`);
    await box.claude(`play:answer dir:${box.workspace}`);
    const session = await read("reopened");
    expectWhole(session);
    expect(session.runs).toHaveLength(2);
    expect(session.responses).toHaveLength(2);
    expect(session.metadata.status).toBe("completed");
  });
});

async function startDaemon(box: Workspace): Promise<Running & { readonly port: string }> {
  const running = box.hookAgent(["daemon", "--port", "0"], { SESSION_ID: "" });
  const [line] = (await once(running.child.stdout as NodeJS.ReadableStream, "data")) as [string];
  return { ...running, port: /:(\d+)\//.exec(line)?.[1] ?? "" };
}

describe("hooks that are installed", () => {
  it("record into a session of the conversation's own by way of the daemon, and can be taken out again", async () => {
    const box = container("installed");
    const file = join(box.home, ".claude/settings.json");
    const before = JSON.stringify({
      model: "opus",
      hooks: { Stop: [{ hooks: [{ type: "command", command: "true" }] }] },
    });
    writeFileSync(file, before);
    const { child, ended, port } = await startDaemon(box);
    for (let times = 0; times < 2; times += 1) {
      expect((await box.hookAgent(["install", "claude-code", "--port", port]).ended).code).toBe(0);
    }
    const installed = JSON.parse(readFileSync(file, "utf8")) as { hooks: Record<string, unknown[]> };
    expect([installed.hooks.Stop?.length, installed.hooks.PreToolUse?.length]).toEqual([2, 1]);

    const [command = "", ...args] = box.claudeCommand(
      `play:batch dir:${box.workspace} The word is wren`,
      "--output-format",
      "json",
    );
    const { stdout } = await box.start(command, args).ended;
    const { session_id: id } = JSON.parse(stdout) as { session_id: string };
    const doctor = await box.hookAgent(["doctor"]).ended;
    expect(doctor.stdout).toMatch(/a recorder has received \d+/);
    child.kill("SIGTERM");
    expect((await ended).code).toBe(0);
    const session = await read(`claude-${id}`);
    expectWhole(session);
    expect(toolActions(session)).toHaveLength(2);
    expect(session.final).toMatchObject({ status: "success", outcome: "Both ran." });
    const goesOn = ["run", "--", ...box.claudeCommand("play:recalling", "--resume", id)];
    rmSync(join(box.home, ".claude"), { recursive: true });
    expect((await box.hookAgent(goesOn).ended).stdout).toBe("The word was wren.\n");
    mkdirSync(join(box.home, ".claude"), { recursive: true });
    writeFileSync(file, JSON.stringify(installed));

    expect((await box.hookAgent(["uninstall", "claude-code"]).ended).code).toBe(0);
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(JSON.parse(before));
  });
});

describe("the doctor", () => {
  it("finds nothing wrong where all works", async () => {
    const { code, stdout } = await container("doctor").hookAgent(["doctor"]).ended;
    expect({ code, bad: stdout.split("\n").filter((line) => line.startsWith("NOT")) }).toEqual({
      code: 0,
      bad: [],
    });
    expect(stdout).toContain(serviceUrl());
  });

  it("says what does not work, and ends with exit code 1", async () => {
    const box = container("doctor", { SESSION_SERVICE_URL: "http://127.0.0.1:1" });
    const spool = join(box.workspace, "README.md", "spool");
    await box.hookAgent(["install", "claude-code", "--port", "1"]).ended;
    const { code, stdout } = await box.hookAgent(["doctor"], { SESSION_SPOOL_DIR: spool }).ended;
    expect(code).toBe(1);
    expect(stdout).toMatch(/NOT the service at http:\/\/127.0.0.1:1 cannot be reached/);
    expect(stdout).toContain(`NOT ${spool} cannot be written`);
    expect(stdout).toMatch(/NOT the hooks in .* where no recorder listens/);
  });
});
