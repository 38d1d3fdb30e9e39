import { useEffect } from "react";
import type { LogEntry } from "session-protocol";
import { useService } from "../app/service-context.js";
import { useLoad } from "../app/use-load.js";
import { isToolUse } from "../event/action-fields.js";
import { durationText, visibleText } from "../ui/format.js";
import type { TabProps } from "./tab-props.js";

export interface ToolFigures {
  readonly tool: string;
  readonly calls: number;
  readonly failures: number;
  readonly medianMs: number | undefined;
}

/** Of at most so many actions, the newest. */
const ACTIONS = 1_000;

export default function ToolsTab({ sessionId, loaded }: TabProps) {
  const service = useService();
  const [actions, again] = useLoad(`tools of ${sessionId}`, (signal) =>
    service.transport.get<readonly LogEntry[]>(`/api/actions/${sessionId}`, { tail: ACTIONS }, signal),
  );
  const { metrics } = loaded.head.metadata;
  useEffect(again, [again, metrics.actions]);
  if (actions.kind === "failed") return <p className="failure">{actions.error.message}</p>;
  if (actions.kind === "loading") return <p className="note">Loading…</p>;
  return (
    <>
      <table className="tools">
        <thead>
          <tr>
            <th scope="col">Tool</th>
            <th scope="col">Calls</th>
            <th scope="col">Failures</th>
            <th scope="col">Median</th>
          </tr>
        </thead>
        <tbody>
          {figuresOf(actions.value).map(({ tool, calls, failures, medianMs }) => (
            <tr key={tool}>
              <th scope="row">{visibleText(tool)}</th>
              <td>{calls}</td>
              <td>{failures === 0 ? "" : <b className="bad">{failures}</b>}</td>
              <td>{medianMs === undefined ? "" : durationText(medianMs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {metrics.actions > ACTIONS && <p className="note">Of the newest {ACTIONS} actions.</p>}
    </>
  );
}

export function figuresOf(actions: readonly LogEntry[]): readonly ToolFigures[] {
  const byTool = new Map<string, LogEntry[]>();
  for (const action of actions) {
    if (!isToolUse(action.type)) continue;
    const tool = typeof action.tool === "string" ? action.tool : action.type;
    byTool.set(tool, [...(byTool.get(tool) ?? []), action]);
  }
  const figures = [...byTool].map(([tool, calls]) => ({
    tool,
    calls: calls.length,
    failures: calls.filter(({ status, error }) => error != null || status === "failed").length,
    medianMs: median(calls.flatMap(({ durationMs }) => (typeof durationMs === "number" ? [durationMs] : []))),
  }));
  return figures.sort((one, other) => other.calls - one.calls);
}

function median(values: readonly number[]): number | undefined {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)];
}
