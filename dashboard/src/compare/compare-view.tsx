import type { ReactNode } from "react";
import { useService } from "../app/service-context.js";
import { hashOf } from "../app/location.js";
import { useLoad } from "../app/use-load.js";
import { goTo } from "../app/use-place.js";
import { useTitle } from "../app/use-title.js";
import type { LinkState } from "../live/follower.js";
import { titleOf } from "../overview/columns.js";
import { agentNames, workedMs } from "../overview/figures.js";
import type { Loaded, SessionModel } from "../session/session-model.js";
import { useLive, useSession } from "../session/use-session.js";
import { costText, countText, durationText, visibleText } from "../ui/format.js";
import { GoalLine } from "../ui/goal-line.js";
import { fieldOf } from "../ui/field.js";
import { Limited } from "../ui/limited.js";
import { LinkBadge } from "../ui/link-badge.js";
import { StatusBadge } from "../ui/status-badge.js";
import { ToolRows } from "./tool-rows.js";
import "../styles/session.css";
import "../styles/feed.css";

interface CompareProps {
  readonly first: string;
  readonly second: string | undefined;
}

/** Two sessions beside each other. */
export default function CompareView({ first, second }: CompareProps) {
  return second === undefined ? <Choose first={first} /> : <Sides first={first} second={second} />;
}

function Choose({ first }: { readonly first: string }) {
  useTitle("Compare");
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

function Sides({ first, second }: { readonly first: string; readonly second: string }) {
  const countFailures = useTitle("Compare");
  const [one, other] = [useSession(first), useSession(second)];
  const sides = [
    { model: one, link: useLive(one, countFailures) },
    { model: other, link: useLive(other, countFailures) },
  ];
  return (
    <section className="table-scroll" tabIndex={0} aria-label="Two sessions">
      <h1>Two sessions</h1>
      <Table sides={sides} />
    </section>
  );
}

interface Side {
  readonly model: SessionModel;
  readonly link: LinkState;
}

function Table({ sides }: { readonly sides: readonly Side[] }) {
  return (
    <table className="compare">
      <thead>
        <tr>
          <td />
          {sides.map((side, index) => (
            <th key={index} scope="col">
              <SideHead side={side} />
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {ROWS.map(([name, Cell]) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            {sides.map(({ model: { loaded, isMapRead } }, index) => (
              <td key={index}>{loaded && <Cell {...loaded} isMapRead={isMapRead} />}</td>
            ))}
          </tr>
        ))}
        <ToolRows models={sides.map(({ model }) => model)} />
      </tbody>
    </table>
  );
}

function SideHead({ side: { model, link } }: { readonly side: Side }) {
  const { loaded, sessionId, error } = model;
  const name = loaded === undefined ? sessionId : titleOf(loaded.head.metadata);
  return (
    <>
      <a href={hashOf(["session", sessionId])}>{visibleText(name)}</a>{" "}
      {error === undefined ? <LinkBadge state={link} /> : <p className="failure">{error.message}</p>}
    </>
  );
}

type CellProps = Loaded & { readonly isMapRead: boolean };

const ROWS: readonly (readonly [string, (props: CellProps) => ReactNode])[] = [
  ["Outcome", ({ head }) => <StatusBadge status={head.metadata.status} />],
  ["User", ({ head }) => visibleText(head.metadata.userId)],
  ["Model", ({ head }) => visibleText(head.metadata.model ?? "")],
  ["Duration", ({ head }) => durationText(workedMs(head.metadata))],
  ["Tokens", ({ head }) => countText(head.metadata.tokenUsage.total)],
  ["Cost", ({ head }) => costText(head.metadata.costUsd)],
  ["Events", ({ log }) => log.lastSeq],
  ["Failures", ({ lanes }) => (lanes.failures === 0 ? 0 : <b className="bad">{lanes.failures}</b>)],
  ["Agents", ({ head }) => namesOf(agentNames(head.metadata))],
  ["Goals", Goals],
];

const SHOWN_GOALS = 50;

/** `pipeline, reviewer × 5`. */
function namesOf(types: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts]
    .map(([type, count]) => visibleText(count === 1 ? type : `${type} × ${count}`))
    .join(", ");
}

function Goals({ head }: CellProps) {
  return (
    <ul className="plain-list">
      <Limited
        items={head.state.goals}
        most={SHOWN_GOALS}
        isList
        each={(goal, index) => (
          <li key={index}>
            <GoalLine goal={goal} />
          </li>
        )}
      />
    </ul>
  );
}
