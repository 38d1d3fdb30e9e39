import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { GeminiContainer } from "./support/gemini.js";
import { expectWhole, usePartsOf } from "./support/parts.js";
import { ofType, toolActions, type Json, type RecordedSession } from "./support/session.js";

const { container, read } = usePartsOf("gemini", GeminiContainer);

async function record(sessionId: string, scenario: string, ...args: string[]): Promise<RecordedSession> {
  const box = container(sessionId);
  expect(await box.gemini(`play:${scenario} dir:${box.workspace}`, ...args)).toMatchObject({ code: 0 });
  return read(sessionId);
}

const brief = (actions: Json[]): Json[] => actions.map(({ type, tool, status }) => ({ type, tool, status }));

describe("a run of Gemini CLI", () => {
  it("is recorded with its prompt, tools, answers and usage, and changes nothing of the user's", async () => {
    const box = container("tools");
    const settings = readFileSync(box.settingsFile, "utf8");
    const ended = await box.gemini(`play:tools dir:${box.workspace}`);
    expect(ended).toMatchObject({ code: 0, signal: null });
    expect(ended.stdout).toMatch(/The note says good day\.\n$/);
    expect(ended.stderr).not.toMatch(/hook/i);
    expect(readdirSync(box.workspace).sort()).toEqual(["README.md", "note.txt"]);
    expect(box.left()).toEqual([]);
    expect(readFileSync(box.settingsFile, "utf8")).toBe(settings);

    const session = await read("tools");
    expectWhole(session);
    expect(ofType(session, "session_start")).toMatchObject([{ source: "startup" }]);
    expect(ofType(session, "prompt")).toMatchObject([{ input: `play:tools dir:${box.workspace}` }]);
    expect(brief(toolActions(session))).toEqual([
      { type: "bash_exec", tool: "run_shell_command", status: "completed" },
      { type: "file_write", tool: "write_file", status: "completed" },
      { type: "file_edit", tool: "replace", status: "completed" },
    ]);
    const [command, write, edit] = toolActions(session);
    const asked = [[command], [write], [edit], undefined];
    expect(session.responses.map(({ toolUseIds }) => toolUseIds)).toEqual(
      asked.map((calls) => calls?.map((call) => call?.toolUseId)),
    );
    expect(command).toMatchObject({
      input: { command: "echo hi" },
      output: { exitCode: 0, output: "hi" },
      agentId: "main",
    });
    expect(command?.durationMs).toBeGreaterThan(0);
    const note = join(box.workspace, "note.txt");
    expect(session.state.workspace).toMatchObject({ cwd: box.workspace, filesModified: [note] });
    expect(session.responses).toMatchObject([
      { content: "I will run a command.", usage: { inputTokens: 100, outputTokens: 12 } },
      { content: "", type: "tool_use", usage: { inputTokens: 101, outputTokens: 11 } },
      { content: "", type: "tool_use", usage: { inputTokens: 102, outputTokens: 11 } },
      { content: "The note says good day.", model: "gemini-2.5-flash", usage: { inputTokens: 103 } },
    ]);
    expect(session.responses[0]?.thinking).toContain("Looking");
    expect(session.metadata.tokenUsage).toMatchObject({ input: 406, output: 45, cacheRead: 4_000 });
    expect(session.metadata.metrics).toMatchObject({ bashCommands: 1, filesModified: 2, toolCalls: 0 });
    expect(session.runs).toMatchObject([
      { flow: "gemini-cli", status: "completed", nodeCount: 3, output: "The note says good day." },
    ]);
    expect(session.final).toMatchObject({ status: "success", outcome: "The note says good day." });
    expect(session.metadata).toMatchObject({
      status: "completed",
      model: "gemini-2.5-flash",
      tags: ["gemini-cli"],
    });
  });

  it("with its events on stdout leaves them as they are", async () => {
    const box = container("json");
    const { code, stdout } = await box.gemini("play:batch", "--output-format", "stream-json");
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Json);
    expect(code).toBe(0);
    expect(lines.at(-1)).toMatchObject({ type: "result", status: "success" });
    const session = await read("json");
    expectWhole(session);
    expect(session.responses).toHaveLength(2);
    expect(toolActions(session).map(({ output }) => (output as Json).output)).toEqual(["one", "two"]);
  });
});

describe("a tool call of Gemini CLI", () => {
  it("that fails is recorded as failed with its error", async () => {
    const session = await record("failing", "failing");
    expectWhole(session);
    expect(brief(toolActions(session))).toEqual([
      { type: "bash_exec", tool: "run_shell_command", status: "failed" },
      { type: "tool_call", tool: "read_file", status: "failed" },
    ]);
    expect(toolActions(session)).toMatchObject([
      { error: "the command ended with exit code 3", output: { exitCode: 3, output: "Error: oops\nmore" } },
      { error: expect.stringContaining("File not found") as string },
    ]);
    expect(session.runs).toMatchObject([{ status: "completed", nodeCount: 2, failedNodes: 2 }]);
  });

  it("that a policy forbids is recorded as denied", async () => {
    const box = container("denied");
    box.forbid("touch");
    expect(await box.gemini(`play:asking dir:${box.workspace}`)).toMatchObject({ code: 0 });
    const session = await read("denied");
    expectWhole(session);
    const error = expect.stringContaining("denied by policy") as string;
    expect(toolActions(session)).toMatchObject([{ type: "tool_call", status: "denied", error }]);
    expect(session.metadata.metrics).toMatchObject({ bashCommands: 0 });
  });

  it("that nobody is there to permit is recorded as it was answered", async () => {
    const session = await record("asking", "asking", "--approval-mode", "default");
    expectWhole(session);
    expect(toolActions(session)).toMatchObject([{ tool: "run_shell_command", status: "failed" }]);
    expect(toolActions(session)[0]?.output).toBeUndefined();
  });
});

describe("what there is to do", () => {
  it("is goals that follow their status", async () => {
    const session = await record("tasks", "tasks");
    expectWhole(session);
    expect(session.state.goals).toMatchObject([
      { description: "Write docs", status: "completed" },
      { description: "Read them", status: "cancelled" },
    ]);
  });
});

describe("sub-agents of Gemini CLI", () => {
  it("have the call that started them, and what they did", async () => {
    const session = await record("spawning", "spawning");
    expectWhole(session);
    const [spawn] = ofType(session, "task_spawn");
    const [child] = session.state.agents.spawned;
    expect(session.state.agents.spawned).toMatchObject([
      { type: "generalist", parentAgentId: "main", toolUseId: spawn?.toolUseId, status: "completed" },
    ]);
    expect(child?.result).toContain("The child is done.");
    expect(ofType(session, "bash_exec")).toMatchObject([{ agentId: child?.agentId, status: "completed" }]);
    expect(ofType(session, "prompt")).toHaveLength(1);
    expect(session.responses.filter(({ agentId }) => agentId === child?.agentId)).toHaveLength(2);
    expect(session.metadata.metrics).toMatchObject({ agentsSpawned: 1 });
  });

  it("that run in parallel each have their own call, and it theirs", async () => {
    const session = await record("pair", "pair");
    expectWhole(session);
    const { spawned } = session.state.agents;
    expect(spawned).toHaveLength(2);
    for (const name of ["child", "sibling"]) {
      const agent = spawned.find(({ task }) => String(task).startsWith(`play:${name} `));
      const call = ofType(session, "task_spawn").find(({ toolUseId }) => toolUseId === agent?.toolUseId);
      expect(call?.input).toMatchObject({ prompt: agent?.task });
      expect(agent).toMatchObject({ parentAgentId: "main", status: "completed" });
      expect(agent?.result).toContain(`The ${name} is done.`);
      const input = { command: `echo from-${name}` };
      const [command] = ofType(session, "bash_exec").filter(({ agentId }) => agentId === agent?.agentId);
      expect(command).toMatchObject({ input, output: { output: `from-${name}` } });
      const node = session.nodes.find(({ nodeId }) => nodeId === command?.nodeId);
      expect(node).toMatchObject({ parentNodeId: call?.nodeId });
    }
    expect(session.runs).toMatchObject([{ nodeCount: 6, failedNodes: 0 }]);
  });
});

describe("a chat of Gemini CLI that goes on", () => {
  it("is recorded from where it goes on, without its sub-agents of before", async () => {
    const box = container("first");
    await box.gemini(`play:spawning dir:${box.workspace}`);
    const again = box.geminiCommand("play:batch now", "--resume", "latest");
    await box.hookAgent(["run", "--", ...again], { SESSION_ID: "second" }).ended;
    const second = await read("second");
    expectWhole(second);
    expect(ofType(second, "session_start")).toMatchObject([{ source: "resume" }]);
    expect(ofType(second, "prompt")).toMatchObject([{ input: "play:batch now" }]);
    expect(second.responses).toMatchObject([{ content: "" }, { content: "Both ran." }]);
    expect(toolActions(second)).toMatchObject([{ agentId: "main" }, { agentId: "main" }]);
    expect(second.state.agents.spawned).toEqual([]);
  });

  it("beside another in the same folder is told apart from it", async () => {
    const box = container("left");
    const beside = (sessionId: string, prompt: string) =>
      box.hookAgent(["run", "--", ...box.geminiCommand(prompt)], { SESSION_ID: sessionId }).ended;
    await Promise.all([
      beside("left", `play:tools dir:${box.workspace}`),
      beside("right", "play:answer beside"),
    ]);
    expect((await read("left")).responses).toHaveLength(4);
    const right = await read("right");
    expect(right.responses).toHaveLength(1);
    expect(ofType(right, "prompt")).toMatchObject([{ input: "play:answer beside" }]);
  });
});
