import { readdirSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { expectWhole, useParts } from "./support/parts.js";
import { ofType, toolActions, type Json, type RecordedSession } from "./support/session.js";

const { container, read } = useParts();

async function record(sessionId: string, scenario: string, ...args: string[]): Promise<RecordedSession> {
  const box = container(sessionId);
  const { code, stderr } = await box.claude(`play:${scenario} dir:${box.workspace}`, ...args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  return read(sessionId);
}

const brief = (actions: Json[]): Json[] => actions.map(({ type, tool, status }) => ({ type, tool, status }));

describe("a run of Claude Code", () => {
  it("is recorded with its prompt, tools, answers and usage, and leaves no trace in the workspace", async () => {
    const box = container("tools");
    const ended = await box.claude(`play:tools dir:${box.workspace}`);
    expect(ended).toMatchObject({ code: 0, signal: null, stdout: "The note says good day.\n", stderr: "" });
    expect(readdirSync(box.workspace).sort()).toEqual(["README.md", "note.txt"]);
    expect(readdirSync(box.home)).not.toContain(".container-hook-agent");

    const session = await read("tools");
    expectWhole(session);
    expect(ofType(session, "prompt")).toMatchObject([{ input: `play:tools dir:${box.workspace}` }]);
    expect(brief(toolActions(session))).toEqual([
      { type: "bash_exec", tool: "Bash", status: "completed" },
      { type: "file_write", tool: "Write", status: "completed" },
      { type: "file_edit", tool: "Edit", status: "completed" },
      { type: "tool_call", tool: "Read", status: "completed" },
    ]);
    const [bash] = toolActions(session);
    expect(bash).toMatchObject({ input: { command: "echo hi" }, output: { stdout: "hi" }, agentId: "main" });
    expect(bash?.durationMs).toBeGreaterThan(0);
    expect(session.responses.map(({ content, usage }) => [content, usage])).toEqual(
      ["I will run a command.", "", "", "", "The note says good day."].map((content, step) => [
        content,
        {
          inputTokens: 100 + step,
          outputTokens: step === 0 ? 12 : 11,
          cacheReadTokens: 1_000,
          cacheWriteTokens: 20,
        },
      ]),
    );
    expect(session.metadata.tokenUsage).toMatchObject({
      input: 510,
      output: 56,
      cacheRead: 5_000,
      cacheWrite: 100,
    });
    expect(session.metadata.costUsd).toBeCloseTo(0.00466, 8);
    expect(session.responses.map(({ costUsd }) => costUsd)).toEqual([
      0.00094, 0.000924, 0.000928, 0.000932, 0.000936,
    ]);
    expect(session.metadata.metrics).toMatchObject({ bashCommands: 1, filesModified: 2, toolCalls: 1 });
    expect(session.runs).toMatchObject([
      { status: "completed", nodeCount: 4, output: "The note says good day." },
    ]);
    expect(session.final).toMatchObject({ status: "success", outcome: "The note says good day." });
    expect(session.metadata.status).toBe("completed");
  });
});

describe("a tool call of Claude Code", () => {
  it("that fails is recorded as failed with its error, and changes no count of files", async () => {
    const session = await record("failing", "failing");
    expectWhole(session);
    expect(brief(toolActions(session))).toEqual([
      { type: "bash_exec", tool: "Bash", status: "failed" },
      { type: "tool_call", tool: "Read", status: "failed" },
      { type: "tool_call", tool: "Write", status: "failed" },
    ]);
    expect(toolActions(session).map(({ error }) => error)).toEqual([
      expect.stringContaining("oops"),
      expect.stringContaining("does not exist"),
      expect.stringContaining("file_path"),
    ]);
    expect(session.metadata.metrics).toMatchObject({ filesModified: 0 });
    expect(session.runs).toMatchObject([{ status: "completed", nodeCount: 3, failedNodes: 3 }]);
  });

  it("in a batch with another is recorded with its own result", async () => {
    const session = await record("batch", "batch");
    expectWhole(session);
    const outputs = toolActions(session).map(({ input, output }) => [
      (input as Json).description,
      (output as Json).stdout,
    ]);
    expect(outputs.sort()).toEqual([
      ["One", "one"],
      ["Two", "two"],
    ]);
    expect(session.responses).toHaveLength(2);
  });

  it("that is not permitted is recorded as denied, with the question and its outcome", async () => {
    const session = await record(
      "asking",
      "asking",
      "--permission-mode",
      "default",
      "--allowedTools",
      "Read",
    );
    expectWhole(session);
    expect(brief(toolActions(session))).toEqual([{ type: "tool_call", tool: "Bash", status: "denied" }]);
    expect(ofType(session, "permission_request")).toMatchObject([{ tool: "Bash", outcome: "denied" }]);
    expect(session.metadata.metrics).toMatchObject({ bashCommands: 0 });
  });
});

describe("the telemetry that tells what a request costs", () => {
  it("is sent by no program that Claude Code starts", async () => {
    const session = await record("environment", "environment");
    expect(toolActions(session)).toMatchObject([{ output: { stdout: "0" } }]);
    expect(session.metadata.costUsd).toBeGreaterThan(0);
  });

  it("stays the user's own where there is one", async () => {
    const box = container("measured", { CLAUDE_CODE_ENABLE_TELEMETRY: "1", OTEL_LOGS_EXPORTER: "none" });
    expect((await box.claude("play:answer")).code).toBe(0);
    const session = await read("measured");
    expectWhole(session);
    expect(session.responses).toHaveLength(1);
    expect(session.responses[0]).not.toHaveProperty("costUsd");
  });
});

describe("tasks of Claude Code", () => {
  it("are goals that follow their status", async () => {
    const session = await record("tasks", "tasks");
    expectWhole(session);
    expect(session.state.goals).toMatchObject([{ description: "Write docs", status: "completed" }]);
  });
});

describe("sub-agents of Claude Code", () => {
  it("that run in parallel and start others each have their true parent", async () => {
    const session = await record("parallel", "parallel");
    expectWhole(session);
    const agents = session.state.agents.spawned;
    const named = (task: string): Json | undefined => agents.find((agent) => agent.task === task);
    expect(agents.map(({ task, parentAgentId }) => [task, parentAgentId]).sort()).toEqual([
      ["Inner one", named("Right")?.agentId],
      ["Inner two", named("Right")?.agentId],
      ["Left", "main"],
      ["Right", "main"],
    ]);
    expect(session.state.agents.active).toEqual([]);
    expect(named("Inner two")).toMatchObject({
      type: "Explore",
      status: "completed",
      result: "The child is done.",
    });
    expect(session.metadata.metrics).toMatchObject({ agentsSpawned: 4, bashCommands: 3 });
    const workers = ofType(session, "bash_exec").map(({ agentId }) => agentId);
    expect(workers.sort()).toEqual(
      [named("Left"), named("Inner one"), named("Inner two")].map((a) => a?.agentId).sort(),
    );
    expect(session.responses).toHaveLength(10);
    expect(new Set(session.responses.map(({ agentId }) => agentId)).size).toBe(5);
  });

  it("that run in the background are recorded to their end", async () => {
    const session = await record("background", "background");
    expectWhole(session);
    expect(session.state.agents.spawned).toMatchObject([
      { task: "Later", parentAgentId: "main", status: "completed", result: "The child is done." },
    ]);
    expect(ofType(session, "bash_exec")).toHaveLength(1);
  });
});
