import { use, type ReactNode } from "react";
import type { JsonObject, SessionEvent } from "session-protocol";
import { JsonView } from "../ui/json-view.js";
import { StatusBadge } from "../ui/status-badge.js";
import { visibleText } from "../ui/format.js";
import { ActionBody } from "./action-body.js";
import { GoalNamesContext } from "./goal-names.js";
import { ResponseBody } from "./response-body.js";
import { Value } from "./value.js";

interface BodyProps {
  readonly event: SessionEvent;
  /** Whether what is usually folded is shown. */
  readonly isOpen: boolean;
}

export function EventBody({ event, isOpen }: BodyProps) {
  const { type, data } = event;
  if (type === "action") return <ActionBody data={data} isOpen={isOpen} />;
  if (type === "response") return <ResponseBody data={data} />;
  return (
    <details className="fold" open={isOpen}>
      <summary>{summaryOf(event)}</summary>
      <JsonView value={data} />
    </details>
  );
}

type Summary = (data: JsonObject) => ReactNode;

const text = (value: unknown): string =>
  visibleText(typeof value === "string" ? value : JSON.stringify(value ?? ""));

const withStatus = (words: string, status: unknown): ReactNode => (
  <>
    {words} {typeof status === "string" && <StatusBadge status={status} />}
  </>
);

const SUMMARIES: Partial<Record<SessionEvent["type"], Summary>> = {
  session_created: ({ userId }) => `Session of ${text(userId)} created`,
  metadata_updated: (data) => `Metadata: ${Object.keys(data).join(", ")}`,
  status_changed: ({ from, to }) => withStatus(`Status, from ${text(from)}`, to),
  state_updated: (data) => `State: ${changes(data)}`,
  goal_added: ({ description, status }) => withStatus(`Goal: ${text(description)}`, status),
  goal_updated: ({ goalId, status }) => (
    <>
      Goal: <GoalName id={goalId} /> {withStatus("", status ?? "updated")}
    </>
  ),
  agent_spawned: ({ agentId, type, task }) =>
    `Agent ${text(agentId)} (${text(type)}) ${task == null ? "" : text(task)}`,
  agent_completed: ({ agentId, status }) => withStatus(`Agent ${text(agentId)}`, status ?? "completed"),
  execution_started: ({ runId, flow }) => withStatus(`Run ${text(flow ?? runId)}`, "running"),
  execution_completed: ({ runId }) => withStatus(`Run ${text(runId)}`, "completed"),
  execution_failed: ({ runId, status, error }) => (
    <>
      {withStatus(`Run ${text(runId)}`, status ?? "failed")} {error != null && <Value value={error} />}
    </>
  ),
  node_executed: ({ nodeId, name, nodeType, status }) =>
    withStatus(`Step ${text(name ?? nodeId)} (${text(nodeType)})`, status),
  session_interrupted: () => withStatus("Nothing was heard of its producers", "interrupted"),
  session_finalized: ({ status }) => withStatus("Session finalized", status ?? "success"),
  session_deleted: () => "Session deleted",
};

function GoalName({ id }: { readonly id: unknown }) {
  return text(use(GoalNamesContext).get(String(id)) ?? id);
}

function summaryOf({ type, data }: SessionEvent): ReactNode {
  return SUMMARIES[type]?.(data) ?? type;
}

const SHOWN_CHANGES = 4;

function changes(data: JsonObject): string {
  const told = Object.entries(data).filter(([name]) => name !== "timestamp");
  const parts = told.map(([name, value]) => {
    if (value === null) return `${visibleText(name)} none`;
    return typeof value === "object" ? visibleText(name) : `${visibleText(name)} ${text(value)}`;
  });
  return parts.slice(0, SHOWN_CHANGES).join(", ") + (parts.length > SHOWN_CHANGES ? ", …" : "");
}
