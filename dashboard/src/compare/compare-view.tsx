import type { ReactNode } from "react";
import type { LogEntry } from "session-protocol";
import type { SessionHead } from "../api/service.js";
import { useService } from "../app/service-context.js";
import { hashOf } from "../app/location.js";
import { useLoad } from "../app/use-load.js";
import { goTo } from "../app/use-place.js";
import { useTitle } from "../app/use-title.js";
import { figuresOf } from "../inspector/tools-tab.js";
import { titleOf } from "../overview/columns.js";
import { costText, countText, durationText, visibleText } from "../ui/format.js";
import { GoalLine } from "../ui/goal-line.js";
import { fieldOf } from "../ui/field.js";
import { StatusBadge } from "../ui/status-badge.js";
import "../styles/session.css";
import "../styles/feed.css";

interface CompareProps {
  readonly first: string;
  readonly second: string | undefined;
}

/** Two sessions beside each other. */
export default function CompareView({ first, second }: CompareProps) {
  useTitle("Compare");
  return second === undefined ? <Choose first={first} /> : <Sides first={first} second={second} />;
}

function Choose({ first }: { readonly first: string }) {
  const service = useService();
  const [recent] = useLoad("recent", (signal) => service.sessions({ limit: 50, order: "updated" }, signal));
  const others =
    recent.kind === "loaded" ? recent.value.sessions.filter(({ sessionId }) => sessionId !== first) : [];
  return (
    <section aria-label="Compare">
      <h1>Compare {visibleText(first)} with</h1>
      <form
        className="bar"
        onSubmit={(event) => {
          event.preventDefault();
          const other = fieldOf(event.currentTarget, "other");
          if (other !== "") goTo(["compare", first, other]);
        }}
      >
        <input name="other" aria-label="Id of the other session" placeholder="id of a session" />
        <button type="submit">Compare</button>
      </form>
      <ul>
        {others.map((session) => (
          <li key={session.sessionId}>
            <a href={hashOf(["compare", first, session.sessionId])}>{visibleText(titleOf(session))}</a>{" "}
            <StatusBadge status={session.status} />
          </li>
        ))}
      </ul>
    </section>
  );
}

interface Side {
  readonly head: SessionHead;
  readonly actions: readonly LogEntry[];
}

function Sides({ first, second }: { readonly first: string; readonly second: string }) {
  const service = useService();
  const read = async (sessionId: string, signal: AbortSignal): Promise<Side> => {
    const path = `/api/actions/${sessionId}`;
    const actions = service.transport.get<readonly LogEntry[]>(path, { tail: 1_000 }, signal);
    return { head: await service.session(sessionId, signal), actions: await actions };
  };
  const [sides] = useLoad(`${first} ${second}`, (signal) =>
    Promise.all([read(first, signal), read(second, signal)]),
  );
  if (sides.kind === "failed") return <p className="failure">{sides.error.message}</p>;
  if (sides.kind === "loading") return <p className="note">Loading…</p>;
  return (
    <section className="table-scroll" tabIndex={0} aria-label="Two sessions">
      <h1>Two sessions</h1>
      <Table sides={sides.value} />
    </section>
  );
}

function Table({ sides }: { readonly sides: readonly Side[] }) {
  return (
    <table className="compare">
      <thead>
        <tr>
          <td />
          {sides.map(({ head: { metadata } }, index) => (
            <th key={index} scope="col">
              <a href={hashOf(["session", metadata.sessionId])}>{visibleText(titleOf(metadata))}</a>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {ROWS.map(([name, cell]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {sides.map((side, index) => (
              <td key={index}>{cell(side)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const ROWS: readonly (readonly [string, (side: Side) => ReactNode])[] = [
  ["Outcome", ({ head }) => <StatusBadge status={head.metadata.status} />],
  ["User", ({ head }) => visibleText(head.metadata.userId)],
  ["Model", ({ head }) => visibleText(head.metadata.model ?? "")],
  ["Duration", ({ head }) => durationText(head.metadata.durationMs)],
  ["Tokens", ({ head }) => countText(head.metadata.tokenUsage.total)],
  ["Cost", ({ head }) => costText(head.metadata.costUsd)],
  ["Events", ({ head }) => head.metadata.seq],
  ["Errors", ({ head }) => head.metadata.metrics.errors],
  ["Agents", ({ head }) => head.state.agents.spawned.map(({ type }) => visibleText(type)).join(", ")],
  ["Goals", ({ head }) => <Goals head={head} />],
  ["Tools", ({ actions }) => <Tools actions={actions} />],
];

function Goals({ head }: { readonly head: SessionHead }) {
  return (
    <ul className="plain-list">
      {head.state.goals.map((goal, index) => (
        <li key={index}>
          <GoalLine goal={goal} />
        </li>
      ))}
    </ul>
  );
}

function Tools({ actions }: { readonly actions: readonly LogEntry[] }) {
  return (
    <ul className="plain-list">
      {figuresOf(actions).map(({ tool, calls, failures, medianMs }) => (
        <li key={tool}>
          {visibleText(tool)}: {calls} {calls === 1 ? "call" : "calls"}
          {failures > 0 && <b className="bad">, {failures} failed</b>}
          {medianMs !== undefined && `, median ${durationText(medianMs)}`}
        </li>
      ))}
    </ul>
  );
}
