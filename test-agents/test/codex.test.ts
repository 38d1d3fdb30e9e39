import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { CodexContainer, CODING } from "./support/codex.js";
import { expectWhole, usePartsOf } from "./support/parts.js";
import { ofType, toolActions, type Json, type RecordedSession } from "./support/session.js";

const { container, read } = usePartsOf("codex", CodexContainer);

async function record(sessionId: string, scenario: string, ...args: string[]): Promise<RecordedSession> {
  const box = container(sessionId);
  expect(await box.codex(`play:${scenario} dir:${box.workspace}`, ...args)).toMatchObject({ code: 0 });
  return read(sessionId);
}

const brief = (actions: Json[]): Json[] => actions.map(({ type, tool, status }) => ({ type, tool, status }));

describe("a run of Codex", () => {
  it("is recorded with its prompt, tools, answers and usage, and changes nothing of the user's", async () => {
    const box = container("tools");
    const ended = await box.codex(`play:tools dir:${box.workspace}`);
    expect(ended).toMatchObject({ code: 0, signal: null, stdout: "The note says good night.\n" });
    expect(ended.stderr).not.toContain("hook-agent");
    expect(readdirSync(box.workspace).sort()).toEqual(["README.md", "note.txt"]);
    expect(readFileSync(box.configFile, "utf8")).toBe(box.config);

    const session = await read("tools");
    expectWhole(session);
    expect(ofType(session, "session_start")).toMatchObject([{ source: "startup" }]);
    expect(ofType(session, "prompt")).toMatchObject([{ input: `play:tools dir:${box.workspace}` }]);
    expect(brief(toolActions(session))).toEqual([
      { type: "bash_exec", tool: "exec_command", status: "completed" },
      { type: "file_write", tool: "apply_patch", status: "completed" },
      { type: "file_edit", tool: "apply_patch", status: "completed" },
    ]);
    const [command, write] = toolActions(session);
    expect(command).toMatchObject({
      input: { cmd: "echo hi" },
      output: { exitCode: 0, output: "hi\n" },
      agentId: "main",
    });
    expect(command?.durationMs).toBeGreaterThan(0);
    const note = `${box.workspace}/note.txt`;
    expect(write).toMatchObject({ output: { changes: { [note]: "add" } } });
    expect(session.state.workspace).toMatchObject({ cwd: box.workspace, filesModified: [note] });

    const usage = (step: number, parts: number): Json => ({
      inputTokens: 100 + step,
      outputTokens: 10 + parts,
      cacheReadTokens: 1_000,
      cacheWriteTokens: 0,
    });
    expect(session.responses).toMatchObject([
      { content: "I will run a command.", thinking: "A command will tell.", usage: usage(0, 2) },
      { content: "", type: "tool_use", toolUseIds: [write?.toolUseId], usage: usage(1, 1) },
      { content: "", type: "tool_use", usage: usage(2, 1) },
      { content: "The note says good night.", model: "gpt-5.5", usage: usage(3, 1) },
    ]);
    expect(session.metadata.tokenUsage).toMatchObject({ input: 406, output: 45, cacheRead: 4_000 });
    expect(session.metadata.metrics).toMatchObject({ bashCommands: 1, filesModified: 2, toolCalls: 0 });
    expect(session.runs).toMatchObject([
      { flow: "codex", status: "completed", nodeCount: 3, output: "The note says good night." },
    ]);
    expect(session.final).toMatchObject({ status: "success", outcome: "The note says good night." });
    expect(session.metadata).toMatchObject({ status: "completed", tags: ["codex"] });
  });

  it("with its events on stdout leaves them as they are", async () => {
    const box = container("json");
    const { code, stdout } = await box.codex("--json", `play:tools dir:${box.workspace}`);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Json);
    expect(code).toBe(0);
    expect(lines.at(-1)).toMatchObject({ type: "turn.completed", usage: { output_tokens: 45 } });
    const session = await read("json");
    expectWhole(session);
    expect(session.responses).toHaveLength(4);
    expect(session.metadata.tokenUsage).toMatchObject({ output: 45 });
  });
});

describe("a tool call of Codex", () => {
  it("that fails is recorded as failed with its error, where Codex says so", async () => {
    const session = await record("failing", "failing");
    expectWhole(session);
    expect(brief(toolActions(session))).toEqual([
      { type: "bash_exec", tool: "exec_command", status: "failed" },
      { type: "tool_call", tool: "apply_patch", status: "failed" },
    ]);
    expect(toolActions(session)).toMatchObject([
      { error: "the command ended with exit code 3", output: { exitCode: 3, output: "oops\n" } },
      { error: expect.stringContaining("missing.txt") as string },
    ]);
    expect(session.metadata.metrics).toMatchObject({ filesModified: 0 });
    expect(session.runs).toMatchObject([{ status: "completed", nodeCount: 2, failedNodes: 2 }]);
  });

  it("in a batch with another is recorded with its own result", async () => {
    const session = await record("batch", "batch");
    expectWhole(session);
    const ended = toolActions(session).map(({ input, output, status }) => ({ input, output, status }));
    expect(ended).toHaveLength(2);
    for (const word of ["one", "two"]) {
      expect(ended).toContainEqual({
        input: expect.objectContaining({ cmd: expect.stringContaining(word) as string }) as Json,
        output: { exitCode: 0, output: `${word}\n` },
        status: "completed",
      });
    }
    expect(session.responses[0]?.toolUseIds).toHaveLength(2);
    expect(session.runs).toMatchObject([{ nodeCount: 2, failedNodes: 0 }]);
  });

  it("that goes on after its answer is recorded with its own end", async () => {
    const session = await record("long", "long");
    expectWhole(session);
    expect(toolActions(session)).toMatchObject([
      { status: "failed", output: { exitCode: 4, output: "slept\n" } },
      { status: "completed", output: { exitCode: 0 } },
    ]);
  });

  it("that is made by code is recorded below the code", async () => {
    const session = await record("code", "code", "--model", CODING);
    expectWhole(session);
    expect(brief(toolActions(session))).toEqual([
      { type: "bash_exec", tool: "exec_command", status: "completed" },
      { type: "bash_exec", tool: "exec_command", status: "failed" },
      { type: "file_write", tool: "apply_patch", status: "completed" },
      { type: "tool_call", tool: "exec", status: "completed" },
    ]);
    expect(session.metadata).toMatchObject({ model: CODING });
    expect(session.runs).toMatchObject([{ nodeCount: 4, failedNodes: 1 }]);
  });
});

describe("sub-agents of Codex", () => {
  it("have their parent, the call that started them, and what they did", async () => {
    const session = await record("spawning", "spawning", "--model", "gpt-5-codex");
    expectWhole(session);
    const [spawn] = ofType(session, "task_spawn");
    const [child] = session.state.agents.spawned;
    expect(session.state.agents.spawned).toMatchObject([
      {
        parentAgentId: "main",
        toolUseId: spawn?.toolUseId,
        task: "play:child",
        status: "completed",
        result: "The child is done.",
      },
    ]);
    expect(ofType(session, "bash_exec")).toMatchObject([{ agentId: child?.agentId }]);
    expect(ofType(session, "prompt")).toHaveLength(1);
    expect(session.responses.filter(({ agentId }) => agentId === child?.agentId)).toHaveLength(2);
    expect(session.responses).toHaveLength(5);
    expect(session.metadata.metrics).toMatchObject({ agentsSpawned: 1 });
  });

  it("that begin with what their parent knows do not repeat it", async () => {
    const session = await record("forking", "forking", "--model", CODING);
    expectWhole(session);
    expect(session.state.agents.spawned).toMatchObject([
      { parentAgentId: "main", task: "/root/helper", status: "completed", result: "The helper is done." },
    ]);
    expect(session.responses.map(({ content }) => content).sort()).toEqual([
      "",
      "",
      "I will ask another.",
      "The helper has told.",
      "The helper is done.",
    ]);
    expect(ofType(session, "task_spawn")).toHaveLength(1);
  });
});

describe("a thread of Codex that goes on", () => {
  it("is recorded from where it goes on", async () => {
    const box = container("first");
    await box.codex("play:answer");
    const again = box.codexCommand("resume", "--last", "play:answer once more");
    await box.hookAgent(["run", "--", ...again], { SESSION_ID: "second" }).ended;
    const second = await read("second");
    expectWhole(second);
    expect(ofType(second, "session_start")).toMatchObject([{ source: "resume" }]);
    expect(ofType(second, "prompt")).toMatchObject([{ input: "play:answer once more" }]);
    expect(second.responses).toMatchObject([{ content: "All is well." }]);

    const { codex } = second.state as unknown as { codex: { threadId: string } };
    const fork = box.codexCommand("fork", codex.threadId, "play:answer for another");
    await box.hookAgent(["run", "--", ...fork], { SESSION_ID: "third" }).ended;
    const third = await read("third");
    expect(ofType(third, "session_start")).toMatchObject([{ source: "fork" }]);
    expect(ofType(third, "prompt")).toMatchObject([{ input: "play:answer for another" }]);
    expect(third.responses).toHaveLength(1);
  });

  it("beside another in the same home is told apart from it", async () => {
    const box = container("left");
    const beside = (sessionId: string, prompt: string) =>
      box.hookAgent(["run", "--", ...box.codexCommand(prompt)], { SESSION_ID: sessionId }).ended;
    await Promise.all([
      beside("left", `play:tools dir:${box.workspace}`),
      beside("right", "play:answer beside"),
    ]);
    const [left, right] = [await read("left"), await read("right")];
    expect(left.responses).toHaveLength(4);
    expect(right.responses).toHaveLength(1);
    expect(ofType(right, "prompt")).toMatchObject([{ input: "play:answer beside" }]);
  });
});
