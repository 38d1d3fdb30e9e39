import type { State } from "session-protocol";
import type { SentEvent } from "./ledger.js";

interface Summary {
  version: number;
  currentStep: unknown;
  goals: unknown[];
  agents: { active: unknown[]; completed: unknown[] };
}

/** What the events sent say the state must be: the service's own fold is what is under test. */
export function fold(sent: readonly SentEvent[]): Summary {
  const goals = new Map<unknown, unknown>();
  const active = new Set<unknown>();
  const completed = new Set<unknown>();
  let currentStep: unknown = null;
  let version = 1;
  for (const { type, data } of sent) {
    if (type === "goal_added") goals.set(data.id, "pending");
    else if (type === "goal_updated") goals.set(data.goalId, data.status);
    else if (type === "state_updated") currentStep = data.currentStep;
    else if (type === "agent_spawned") active.add(data.agentId);
    else if (type === "agent_completed") {
      active.delete(data.agentId);
      completed.add(data.agentId);
    } else continue;
    version += 1;
  }
  return {
    version,
    currentStep,
    goals: [...goals],
    agents: { active: [...active], completed: [...completed] },
  };
}

/** The same of a state the service gave. */
export function summary({ version, currentStep, goals, agents }: State): Summary {
  return {
    version,
    currentStep,
    goals: goals.map(({ id, status }) => [id, status]),
    agents: {
      active: agents.active.map(({ agentId }) => agentId),
      completed: agents.completed.map(({ agentId }) => agentId),
    },
  };
}
