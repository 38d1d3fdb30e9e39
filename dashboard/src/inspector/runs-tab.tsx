import { useEffect, useState } from "react";
import type { LoggedNode, RunSummary } from "session-protocol";
import { useService } from "../app/service-context.js";
import { adjust } from "../app/use-place.js";
import { useLoad } from "../app/use-load.js";
import { Value } from "../event/value.js";
import { costText, countText, durationText, visibleText } from "../ui/format.js";
import { StatusBadge } from "../ui/status-badge.js";
import type { TabProps } from "./tab-props.js";

const CENTS = 100;

export default function RunsTab({ sessionId, loaded }: TabProps) {
  const service = useService();
  const [runs, again] = useLoad(`runs of ${sessionId}`, (signal) => service.runs(sessionId, signal));
  const { seq } = loaded.head.metadata;
  useEffect(again, [again, seq]);
  const [opened, setOpened] = useState<string>();
  if (runs.kind === "failed") return <p className="failure">{runs.error.message}</p>;
  if (runs.kind === "loading") return <p className="note">Loading…</p>;
  if (runs.value.length === 0) return <p className="note">No run was recorded.</p>;
  return (
    <ol className="runs">
      {runs.value.map((run) => (
        <li key={run.runId}>
          <RunLine
            run={run}
            isOpen={run.runId === opened}
            onToggle={() => {
              setOpened(run.runId === opened ? undefined : run.runId);
            }}
          />
          {run.runId === opened && <Waterfall runId={run.runId} version={seq} />}
        </li>
      ))}
    </ol>
  );
}

interface RunLineProps {
  readonly run: RunSummary;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
}

function RunLine({ run, isOpen, onToggle }: RunLineProps) {
  const { runId, flow, agentId, status, durationMs, nodeCount, tokensUsed, costCents, error } = run;
  return (
    <>
      <button type="button" className="run" aria-expanded={isOpen} onClick={onToggle}>
        <StatusBadge status={status} /> <b>{visibleText(flow ?? agentId)}</b>{" "}
        <span className="note">
          {durationMs === null ? "running" : durationText(durationMs)}, {nodeCount} nodes,{" "}
          {countText(tokensUsed)} tokens, {costText(costCents / CENTS)}
        </span>
      </button>
      <button
        type="button"
        className="more"
        onClick={() => {
          adjust({ runId });
        }}
      >
        its events
      </button>
      {error != null && (
        <div className="failure">
          <Value value={error} />
        </div>
      )}
    </>
  );
}

/** The nodes of a run one below the other, as long as they took. */
function Waterfall({ runId, version }: { readonly runId: string; readonly version: number }) {
  const service = useService();
  const [logs, again] = useLoad(runId, (signal) => service.runLogs(runId, signal));
  useEffect(again, [again, version]);
  if (logs.kind === "failed") return <p className="failure">{logs.error.message}</p>;
  if (logs.kind === "loading") return <p className="note">Loading…</p>;
  const longest = Math.max(1, ...logs.value.nodes.map(({ durationMs }) => durationMs ?? 0));
  return (
    <ul className="waterfall">
      {logs.value.nodes.map((node) => (
        <NodeLine key={node.id} node={node} longest={longest} />
      ))}
    </ul>
  );
}

function NodeLine({ node, longest }: { readonly node: LoggedNode; readonly longest: number }) {
  const { id, type, parentId, durationMs, status, errorMessage, input, output } = node;
  return (
    <li className={parentId === null ? "" : "nested"}>
      <details className="fold">
        <summary>
          <span className="node-name">
            {visibleText(id)} <span className="note">{visibleText(type)}</span>
          </span>
          <meter
            className={`took-${status}`}
            value={durationMs ?? 0}
            max={longest}
            aria-label={`${id}, ${durationMs === null ? "running" : durationText(durationMs)}`}
          />
          <span className="took">{durationMs === null ? "running" : durationText(durationMs)}</span>
          {status !== "completed" && <StatusBadge status={status} />}
        </summary>
        {errorMessage !== null && <p className="failure">{visibleText(errorMessage)}</p>}
        {input != null && <Value value={input} />}
        {output != null && <Value value={output} />}
      </details>
    </li>
  );
}
