import { useState } from "react";
import type { RunSummary } from "session-protocol";
import { useService } from "../app/service-context.js";
import { adjust } from "../app/use-place.js";
import { useLoad } from "../app/use-load.js";
import { Value } from "../event/value.js";
import { costText, countText, durationText, visibleText } from "../ui/format.js";
import { StatusBadge } from "../ui/status-badge.js";
import { Limited } from "../ui/limited.js";
import type { TabProps } from "./tab-props.js";
import { waterfallOf, type WaterfallStep } from "./waterfall.js";

const CENTS = 100;
const SHOWN_NODES = 200;
const MAX_DEPTH = 6;

export default function RunsTab({ sessionId, loaded }: TabProps) {
  const service = useService();
  const { seq } = loaded.head.metadata;
  const [runs] = useLoad(`runs of ${sessionId}`, (signal) => service.runs(sessionId, signal), seq);
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
          {durationMs === null ? "running" : durationText(durationMs)}, {nodeCount}{" "}
          {nodeCount === 1 ? "node" : "nodes"}, {countText(tokensUsed)} tokens, {costText(costCents / CENTS)}
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

/** The nodes of a run one below the other, each where it began and as long as it took. */
function Waterfall({ runId, version }: { readonly runId: string; readonly version: number }) {
  const service = useService();
  const [logs] = useLoad(runId, (signal) => service.runLogs(runId, signal), version);
  if (logs.kind === "failed") return <p className="failure">{logs.error.message}</p>;
  if (logs.kind === "loading") return <p className="note">Loading…</p>;
  return (
    <ul className="waterfall">
      <Limited
        items={waterfallOf(logs.value.nodes)}
        most={SHOWN_NODES}
        isList
        each={(step) => <NodeLine key={step.node.id} step={step} />}
      />
    </ul>
  );
}

function NodeLine({ step: { node, depth, left, width } }: { readonly step: WaterfallStep }) {
  const { id, name, type, durationMs, status, errorMessage, input, output } = node;
  const took = durationMs === null ? "running" : durationText(durationMs);
  return (
    <li>
      <details className="fold">
        <summary>
          <span className="node-name" style={{ paddingLeft: `${Math.min(depth, MAX_DEPTH) * 0.8}rem` }}>
            <span title={visibleText(id)}>{visibleText(name ?? id)}</span>{" "}
            <span className="note">{visibleText(type)}</span>
          </span>
          <span className="track" aria-hidden="true">
            <span
              className={`span span-${status}`}
              style={{ marginLeft: `${left * 100}%`, width: `${width * 100}%` }}
            />
          </span>
          <span className={`took${status === "failed" ? " bad" : ""}`}>
            {took}
            {status === "failed" && ", failed"}
          </span>
        </summary>
        {errorMessage !== null && <p className="failure">{visibleText(errorMessage)}</p>}
        {input != null && <Value value={input} />}
        {output != null && <Value value={output} />}
      </details>
    </li>
  );
}
