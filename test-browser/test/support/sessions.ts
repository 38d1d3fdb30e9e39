import type { Stage } from "./stage.js";

const RUN = { runId: "run-1", agentId: "main" };

/** A session with everything a transcript can show. */
export async function recordRich(stage: Stage, sessionId: string): Promise<void> {
  await stage.post("sessions", { sessionId, userId: "ada", name: "Why is the build red?", initial: {} });
  await stage.post(`sessions/${sessionId}/batch`, { events: EVENTS });
}

const EVENTS = [
  { type: "execution_started", data: { ...RUN, flow: "claude-code" } },
  { type: "goal_added", data: { id: "g1", description: "Find the fault", status: "in_progress" } },
  { type: "action", data: { ...RUN, type: "prompt", input: "Why is the build red?" } },
  {
    type: "response",
    data: {
      ...RUN,
      thinking: "First the tests.",
      content: "I will run **the tests**.\n\n- one\n- two",
      model: "claude-opus-4-6",
      usage: { inputTokens: 12_000, outputTokens: 220 },
      costUsd: 0.042,
    },
  },
  {
    type: "action",
    data: {
      ...RUN,
      type: "bash_exec",
      tool: "Bash",
      status: "failed",
      input: { command: "npm test" },
      output: { stdout: "\u001b[31mnot ok\u001b[0m adds" },
      error: "exit code 1",
      durationMs: 1_840,
    },
  },
  {
    type: "agent_spawned",
    data: { agentId: "fixer", type: "fixer", task: "Mend it", parentAgentId: "main" },
  },
  {
    type: "action",
    data: {
      ...RUN,
      agentId: "fixer",
      type: "file_edit",
      tool: "Edit",
      status: "completed",
      input: { file_path: "src/add.ts", old_string: "return a - b;", new_string: "return a + b;" },
    },
  },
  {
    type: "node_executed",
    data: { runId: "run-1", nodeId: "n1", nodeType: "tool", status: "completed", durationMs: 12 },
  },
  { type: "agent_completed", data: { agentId: "fixer", status: "completed", result: "mended" } },
  { type: "state_updated", data: { phase: "done", workspace: { filesModified: ["src/add.ts"] } } },
  { type: "goal_updated", data: { goalId: "g1", status: "completed" } },
  { type: "execution_completed", data: { runId: "run-1", output: "mended" } },
];

/** Told as Claude Code's hooks and transcript tell it: calls before the answers that asked for them. */
export async function recordTwined(stage: Stage, sessionId: string): Promise<void> {
  await stage.post("sessions", { sessionId, userId: "ada", initial: {} });
  const of = { agentId: "main" };
  const call = { ...of, type: "tool_call", tool: "Read" };
  const events = [
    { type: "action", data: { ...of, type: "prompt", input: "Compare them" } },
    { type: "action", data: { ...call, toolUseId: "one" } },
    { type: "goal_added", data: { id: "g", description: "Compare" } },
    { type: "response", data: { ...of, content: "First one.", toolUseIds: ["one"] } },
    { type: "action", data: { ...call, toolUseId: "two", status: "failed", error: "none" } },
    { type: "response", data: { ...of, content: "Then two.", toolUseIds: ["two", "three"] } },
    { type: "action", data: { ...call, toolUseId: "three" } },
  ];
  await stage.post(`sessions/${sessionId}/batch`, { events });
}

/** So many actions, a tenth of them uses of tools. */
export async function recordLong(stage: Stage, sessionId: string, count: number): Promise<void> {
  await stage.post("sessions", { sessionId, userId: "bob", initial: {} });
  for (let from = 0; from < count; from += 1_000) {
    const events = Array.from({ length: Math.min(1_000, count - from) }, (_, i) => ({
      type: "action",
      data: { type: i % 10 === 0 ? "tool_call" : "note", tool: "Read", agentId: `a${i % 4}`, n: from + i },
    }));
    await stage.post(`sessions/${sessionId}/batch`, { events });
  }
}
