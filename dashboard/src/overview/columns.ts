import type { Metadata } from "session-protocol";
import { agentNames, failuresOf, workedMs } from "./figures.js";

export type ColumnKey =
  "status" | "name" | "userId" | "agents" | "step" | "updated" | "tokens" | "cost" | "duration" | "failures";

export interface Column {
  readonly key: ColumnKey;
  readonly title: string;
  readonly isNumber?: true;
  /** Undefined: the column cannot be sorted by. */
  readonly value?: (session: Metadata) => string | number;
}

export const COLUMNS: readonly Column[] = [
  { key: "status", title: "Status", value: ({ status }) => status },
  { key: "name", title: "Session", value: (session) => titleOf(session).toLowerCase() },
  { key: "userId", title: "User", value: ({ userId }) => userId },
  { key: "agents", title: "Agents", isNumber: true, value: (session) => agentNames(session).length },
  { key: "step", title: "Current step" },
  { key: "updated", title: "Last activity", value: ({ updated }) => updated },
  { key: "tokens", title: "Tokens", isNumber: true, value: ({ tokenUsage }) => tokenUsage.total },
  { key: "cost", title: "Cost", isNumber: true, value: ({ costUsd }) => costUsd },
  { key: "duration", title: "Duration", isNumber: true, value: workedMs },
  { key: "failures", title: "Failures", isNumber: true, value: failuresOf },
];

export function titleOf({ name, sessionId }: Metadata): string {
  return name === null || name === "" ? sessionId : name;
}

/** `updated` ascending is `updated`, descending `-updated`. Anything else leaves the order as it is. */
export function sorted(sessions: readonly Metadata[], order: string | undefined): readonly Metadata[] {
  const descends = order?.startsWith("-") === true;
  const value = COLUMNS.find(({ key }) => key === order?.replace("-", ""))?.value;
  if (value === undefined) return sessions;
  const keyed = sessions.map((session) => ({ session, key: value(session) }));
  const sign = descends ? -1 : 1;
  keyed.sort((one, other) => (one.key < other.key ? -sign : one.key > other.key ? sign : 0));
  return keyed.map(({ session }) => session);
}

/** The order a click on a column's head leads to: first the way most often wanted, then the other, then none. */
export function nextOrder({ key, isNumber }: Column, order: string | undefined): string | undefined {
  const first = isNumber === true || key === "updated" ? `-${key}` : key;
  const second = first === key ? `-${key}` : key;
  if (order === first) return second;
  return order === second ? undefined : first;
}
