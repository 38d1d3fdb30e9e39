import { createContext } from "react";
import type { JsonObject } from "session-protocol";

/** What goals are about, by id: an event that changes one names its id only. */
export type GoalNames = ReadonlyMap<string, string>;

export const GoalNamesContext = createContext<GoalNames>(new Map());

export function goalNames(goals: readonly JsonObject[]): GoalNames {
  const named = goals.flatMap(({ id, description }) =>
    typeof id === "string" && typeof description === "string" ? [[id, description] as const] : [],
  );
  return new Map(named);
}
