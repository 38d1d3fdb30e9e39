import type { Metadata } from "session-protocol";

type Told = Pick<Metadata, "activity" | "metrics" | "durationMs" | "created">;

/** Events that tell of something that went wrong: the service counts them as the map of a session shows them. */
export function failuresOf({ activity, metrics }: Told): number {
  return activity?.failures ?? metrics.errors;
}

/** What the agents are called that did something or were spawned, the first hundred. */
export function agentNames({ activity }: Told): readonly string[] {
  return (activity?.agents ?? []).map(({ agentId, type }) => type ?? agentId);
}

/** From the first thing that happened to the last: not what the service waited for it. */
export function workedMs({ activity, durationMs }: Told): number {
  if (activity?.lastAt == null) return durationMs;
  return Date.parse(activity.lastAt) - Date.parse(activity.startedAt);
}

export function begunAt({ activity, created }: Told): string {
  return activity?.startedAt ?? created;
}
