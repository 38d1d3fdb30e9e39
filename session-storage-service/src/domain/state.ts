import type { Agent, Goal, JsonObject, State } from "session-protocol";
import { mergePatch } from "./merge-patch.js";
import type { FoldableEvent } from "./session.js";

export function initialState(seq: number, timestamp: string): State {
  return {
    $schema: "session-state-v1",
    version: 1,
    seq,
    timestamp,
    phase: "initialization",
    currentStep: null,
    goals: [],
    priorities: { current: null, queue: [], blocked: [] },
    expectedOutcome: null,
    agents: { spawned: [], active: [], completed: [] },
    mcp: {},
    workspace: { cwd: "/workspace", filesCreated: [], filesModified: [], gitStatus: null },
    errors: [],
  };
}

/** The state after an event that changes it; `version` grows by one. */
export function evolveState(state: State, event: FoldableEvent): State {
  const changed = apply(state, event);
  return { ...changed, version: state.version + 1, seq: event.seq, timestamp: event.timestamp };
}

function apply(state: State, event: FoldableEvent): State {
  switch (event.type) {
    case "state_updated":
      return patched(state, event);
    case "goal_added":
      return { ...state, goals: [...state.goals, goalRecord(event)] };
    case "goal_updated":
      return {
        ...state,
        goals: state.goals.map((goal) => (goal.id === event.data.goalId ? updatedGoal(goal, event) : goal)),
      };
    case "agent_spawned":
      return { ...state, agents: agentLists([...state.agents.spawned, agentRecord(event)]) };
    case "agent_completed":
      return {
        ...state,
        agents: agentLists(
          state.agents.spawned.map((agent) =>
            agent.agentId === event.data.agentId ? completedAgent(agent, event) : agent,
          ),
        ),
      };
    default:
      return state;
  }
}

/** The fields a new state has come back with their first values when a patch removes them. */
function patched(state: State, event: FoldableEvent): State {
  const { timestamp: _sendersOwn, goals, ...patch } = event.data;
  const merged = mergePatch(state, patch) as JsonObject;
  const whole = { ...initialState(state.seq, state.timestamp), ...merged } as State;
  return goals === undefined ? whole : { ...whole, goals: replacedGoals(state, goals, event) };
}

/** A goal that was there before keeps the seq it was added under. */
function replacedGoals(before: State, goals: unknown, event: FoldableEvent): Goal[] {
  const seqs = new Map(before.goals.map(({ id, seq }) => [id, seq as number]));
  const list = (goals ?? []) as JsonObject[];
  const used = new Set(list.map((goal) => goal.id));
  let next = 1;
  return list.map((goal) => {
    if (typeof goal.id === "string") {
      return goalRecord({ ...event, seq: seqs.get(goal.id) ?? event.seq, data: goal });
    }
    while (used.has(`goal-${String(next)}`)) next += 1;
    const id = `goal-${String(next)}`;
    used.add(id);
    return goalRecord({ ...event, data: { ...goal, id } });
  });
}

/** The goal as it stands right after the event that added it. `seq` names that event. */
export function goalRecord({
  data,
  seq,
  timestamp,
}: Pick<FoldableEvent, "data" | "seq" | "timestamp">): Goal {
  const status = textOf(data.status, "pending");
  const completedAt = status === "completed" ? { completedAt: timestamp } : {};
  return {
    ...completedAt,
    ...data,
    createdAt: textOf(data.createdAt, timestamp),
    updatedAt: textOf(data.updatedAt, timestamp),
    description: textOf(data.description, ""),
    seq,
    status,
  } as unknown as Goal;
}

/** A patch of the state may give a goal anything but an id that is none. */
function textOf(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}

function updatedGoal(goal: JsonObject, { data, timestamp }: FoldableEvent): JsonObject {
  const { goalId: _, ...patch } = data;
  const { id, seq } = goal;
  const updated = { ...(mergePatch(goal, patch) as JsonObject), id, seq, updatedAt: timestamp };
  const completes =
    patch.status === "completed" && goal.status !== "completed" && patch.completedAt === undefined;
  return completes ? { ...updated, completedAt: timestamp } : updated;
}

/** The agent as it stands right after the event that spawned it. */
export function agentRecord({
  data,
  seq,
  timestamp,
}: Pick<FoldableEvent, "data" | "seq" | "timestamp">): Agent {
  return { spawnedAt: timestamp, ...data, seq, status: "spawned" } as unknown as Agent;
}

function completedAgent(agent: Agent, { data, timestamp }: Pick<FoldableEvent, "data" | "timestamp">): Agent {
  return {
    completedAt: timestamp,
    ...agent,
    ...data,
    seq: agent.seq,
    status: data.status === "failed" ? "failed" : "completed",
  };
}

function agentLists(spawned: Agent[]): State["agents"] {
  return {
    spawned,
    active: spawned.filter((agent) => agent.status === "spawned"),
    completed: spawned.filter((agent) => agent.status !== "spawned"),
  };
}
