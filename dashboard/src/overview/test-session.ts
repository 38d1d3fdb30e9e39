import type { ClientEventType } from "session-protocol";
import type { Service } from "../api/service.js";

/** Records a small session such as an agent would, and answers its id. */
export async function recordTestSession({ transport }: Service): Promise<string> {
  const create = {
    userId: "dashboard",
    name: "Test session",
    initial: { task: TASK, config: { model: MODEL } },
    tags: ["test"],
  };
  const { sessionId } = await transport.post<{ readonly sessionId: string }>("/api/sessions", create);
  const events = eventsOf(`run-${sessionId}`.slice(0, 128));
  await transport.post(`/api/sessions/${sessionId}/batch`, { events });
  return sessionId;
}

const TASK = "Find out why the build is red";
const MODEL = "test-model";
const USAGE = { inputTokens: 1_200, outputTokens: 90 };

const FAILED_CALL = {
  type: "bash_exec",
  tool: "Bash",
  status: "failed",
  input: { command: "npm test" },
  error: "1 test failed: adds two numbers",
  durationMs: 1_840,
};

const EDIT = {
  agentId: "fixer",
  type: "file_edit",
  tool: "Edit",
  status: "completed",
  input: { file_path: "src/add.ts", old_string: "return a - b;", new_string: "return a + b;" },
  durationMs: 12,
};

function eventsOf(runId: string): readonly { readonly type: ClientEventType; readonly data: object }[] {
  const of = { runId, agentId: "main" };
  const answer = { ...of, model: MODEL, usage: USAGE };
  const goal = { id: "goal-1", description: "Find the failing test", status: "in_progress" };
  const fixer = { agentId: "fixer", type: "fixer", task: "Mend add()", parentAgentId: "main" };
  return [
    { type: "execution_started", data: { ...of, flow: "test", model: MODEL } },
    { type: "goal_added", data: goal },
    { type: "action", data: { ...of, type: "prompt", input: TASK } },
    { type: "response", data: { ...answer, content: "I will run the **tests** first." } },
    { type: "action", data: { ...of, ...FAILED_CALL } },
    { type: "agent_spawned", data: fixer },
    { type: "action", data: { ...of, ...EDIT } },
    { type: "agent_completed", data: { agentId: "fixer", status: "completed", result: "add() adds" } },
    { type: "response", data: { ...answer, content: "`add()` subtracted. It adds now." } },
    { type: "goal_updated", data: { goalId: "goal-1", status: "completed" } },
    { type: "execution_completed", data: { runId, output: "mended" } },
  ];
}
