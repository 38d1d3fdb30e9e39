import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { GeminiContainer } from "./support/gemini.js";
import { expectWhole, usePartsOf } from "./support/parts.js";
import { ofType, toolActions } from "./support/session.js";

const { container, read } = usePartsOf("gemini", GeminiContainer);

describe("hooks and settings of the user's own", () => {
  it("work as before, those of the system too", async () => {
    const box = container("own");
    const touching = (name: string): object => ({
      hooks: [{ type: "command", command: `touch ${join(box.folder, name)}` }],
    });
    box.set({ hooks: { BeforeTool: [touching("user")] } });
    const defaults = join(box.temporary, "defaults.json");
    writeFileSync(defaults, JSON.stringify({ hooks: { BeforeTool: [touching("system")] } }));
    const command = box.geminiCommand("play:batch");
    const env = { GEMINI_CLI_SYSTEM_DEFAULTS_PATH: defaults };
    expect((await box.hookAgent(["run", "--", ...command], env).ended).code).toBe(0);
    expect(readdirSync(box.folder)).toEqual(expect.arrayContaining(["user", "system"]));
    const session = await read("own");
    expectWhole(session);
    expect(toolActions(session)).toHaveLength(2);
    expect(ofType(session, "session_start")).toHaveLength(1);
  });

  it.each([
    ["hooks", { hooksConfig: { enabled: false } }],
    ["hooks and telemetry", { hooksConfig: { enabled: false }, telemetry: { enabled: false } }],
  ])("that switch %s off leave what the chat tells", async (what, settings) => {
    const sessionId = `no-${what.replaceAll(" ", "-")}`;
    const box = container(sessionId);
    mkdirSync(join(box.workspace, ".gemini"));
    writeFileSync(join(box.workspace, ".gemini/settings.json"), JSON.stringify(settings));
    expect(await box.gemini(`play:tools dir:${box.workspace}`)).toMatchObject({ code: 0 });
    const session = await read(sessionId);
    expectWhole(session);
    expect(ofType(session, "session_start")).toMatchObject([{ source: "startup" }]);
    expect(toolActions(session)).toHaveLength(3);
    expect(session.responses).toHaveLength(4);
    expect(session.final).toMatchObject({ status: "success", outcome: "The note says good day." });
  });
});

describe("hooks that are installed", () => {
  it("tell where Gemini CLI takes none from the system, and can be taken out again", async () => {
    const box = container("installed");
    const hook = { hooks: [{ type: "command", command: "true" }] };
    box.set({ hooks: { BeforeTool: [hook] } });
    const before = readFileSync(box.settingsFile, "utf8");
    for (let times = 0; times < 2; times += 1) {
      expect(await box.hookAgent(["install", "gemini"]).ended).toMatchObject({ code: 0, stderr: "" });
    }
    const { hooks } = JSON.parse(readFileSync(box.settingsFile, "utf8")) as {
      hooks: Record<string, unknown[]>;
    };
    expect([hooks.BeforeTool?.length, hooks.AfterAgent?.length]).toEqual([2, 1]);
    expect((await box.hookAgent(["doctor"]).ended).stdout).toContain(
      `ok  hooks for Gemini CLI are in ${box.settingsFile}`,
    );

    expect(await box.gemini("play:batch")).toMatchObject({ code: 0 });
    const session = await read("installed");
    expectWhole(session);
    // The chat's ids are others: these are of calls whose beginning a hook has told.
    const hooked = expect.stringMatching(/^run_shell_command-\d+-[12]$/) as string;
    expect(toolActions(session)).toMatchObject([{ toolUseId: hooked }, { toolUseId: hooked }]);
    expect(box.left()).toEqual([]);

    expect((await box.hookAgent(["uninstall", "gemini"]).ended).code).toBe(0);
    expect(JSON.parse(readFileSync(box.settingsFile, "utf8"))).toEqual(JSON.parse(before));
  });

  it("do nothing in a run that is not on record", async () => {
    const box = container("unrecorded");
    await box.hookAgent(["install", "gemini"]).ended;
    const [command = "", ...args] = box.geminiCommand("play:batch");
    const { code, stderr } = await box.start(command, args).ended;
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/hook/i);
    expect(readdirSync(box.workspace)).toEqual(["README.md"]);
    await expect(read("unrecorded")).rejects.toThrow("404");
  });
});

describe("the doctor", () => {
  it("says of Gemini CLI whether hooks tell of it", async () => {
    const box = container("doctor");
    const doctor = async (): Promise<string> => (await box.hookAgent(["doctor"]).ended).stdout;
    expect(await doctor()).toContain(
      `ok  \`hook-agent run\` brings hooks for Gemini CLI by a folder in ${box.temporary}`,
    );
    box.set({ hooksConfig: { enabled: false } });
    expect(await doctor()).toMatch(/NOT .* has hooksConfig.enabled off/);
  });
});
