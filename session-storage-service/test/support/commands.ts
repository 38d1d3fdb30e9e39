import fc from "fast-check";
import type { JsonObject } from "session-protocol";
import type { Command } from "../../src/domain/decide.js";

/** A command as the edge makes it. */
export function command(
  type: Command["type"],
  data: JsonObject = {},
  fields: Partial<Command> = {},
): Command {
  return { type, data, raw: JSON.stringify(data), ...fields };
}

/** An action with this idempotency key. */
export function action(id?: string, data: JsonObject = { type: "tool_call" }): Command {
  return command("action", data, { id });
}

const goalId = fc.constantFrom("g1", "g2");
const agentId = fc.constantFrom("a1", "a2");
const runId = fc.constantFrom("r1", "r2");
const nodeStatus = fc.constantFrom("running", "completed", "failed");
const status = fc.constantFrom("active", "processing", "completed", "terminated");

const DATA: Partial<Record<Command["type"], fc.Arbitrary<JsonObject>>> = {
  action: fc.record({ type: fc.constantFrom("tool_call", "error"), runId }, { requiredKeys: ["type"] }),
  response: fc.record({
    type: fc.constant("text"),
    usage: fc.record({ inputTokens: fc.nat(9) }),
    costUsd: fc.nat(3),
    runId: fc.option(runId, { nil: null }),
  }),
  state_updated: fc.record({ phase: fc.constantFrom("plan", null), step: fc.nat(3) }),
  goal_added: fc.record({ id: goalId, description: fc.constant("d") }, { requiredKeys: ["description"] }),
  goal_updated: fc.record({ goalId, status: fc.constantFrom("completed", "pending") }),
  agent_spawned: fc.record({ agentId, type: fc.constant("t") }, { requiredKeys: ["type"] }),
  agent_completed: fc.record({ agentId, status: fc.constantFrom("completed", "failed") }),
  metadata_updated: fc.record({ name: fc.constantFrom("n", null), status }, { requiredKeys: [] }),
  execution_started: fc.record(
    { runId, agentId, model: fc.constantFrom("m1", "m2") },
    { requiredKeys: ["agentId"] },
  ),
  node_executed: fc.record({ runId, nodeId: goalId, nodeType: fc.constant("t"), status: nodeStatus }),
  execution_completed: fc.record({ runId }),
  execution_failed: fc.record({ runId, status: fc.constantFrom("timeout", "cancelled") }),
  session_finalized: fc.record({ status: fc.constantFrom("success", "failure") }),
  resume: fc.constant({}),
  interrupt: fc.constant({}),
};

/** Commands that often repeat an id, name the same goals and agents, or are refused. */
export const anyCommand: fc.Arbitrary<Command> = fc
  .tuple(
    fc.constantFrom(...(Object.keys(DATA) as Command["type"][]), "action" as const, "action" as const),
    fc.option(fc.constantFrom("e1", "e2", "e3", "e4"), { nil: undefined }),
  )
  .chain(([type, id]) => (DATA[type] ?? fc.constant({})).map((data) => command(type, data, { id })));
