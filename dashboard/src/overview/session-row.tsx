import { memo, type ReactNode } from "react";
import type { Metadata } from "session-protocol";
import { hashOf } from "../app/location.js";
import { useNow } from "../app/use-now.js";
import { agoText, costText, countText, durationText, visibleText } from "../ui/format.js";
import { StatusBadge } from "../ui/status-badge.js";
import { titleOf, type ColumnKey } from "./columns.js";
import { agentNames, failuresOf, workedMs } from "./figures.js";

interface RowProps {
  readonly session: Metadata;
  readonly step: string | undefined;
  /** Pixels below the first row. */
  readonly top: number;
  readonly index: number;
  readonly isChosen: boolean;
  readonly onChoose: (sessionId: string) => void;
}

export const SessionRow = memo(function SessionRow(props: RowProps) {
  const { session, step, top, index, isChosen, onChoose } = props;
  return (
    <div
      role="row"
      className={`row${isChosen ? " chosen" : ""}`}
      aria-rowindex={index + 2}
      style={{ transform: `translateY(${top}px)` }}
    >
      <Cell name="status">
        <StatusBadge status={session.status} />
      </Cell>
      <Cell name="name">
        <Name session={session} onChoose={onChoose} />
      </Cell>
      <Cell name="userId">{visibleText(session.userId)}</Cell>
      <Cell name="agents">
        <Agents session={session} />
      </Cell>
      <Cell name="step">{step === undefined ? "" : visibleText(step)}</Cell>
      <Cell name="updated">
        <Ago iso={session.updated} />
      </Cell>
      <Figures session={session} />
    </div>
  );
});

function Name({ session, onChoose }: Pick<RowProps, "session" | "onChoose">) {
  const { sessionId, tags } = session;
  return (
    <>
      <a
        href={hashOf(["session", sessionId])}
        title={sessionId}
        onFocus={() => {
          onChoose(sessionId);
        }}
      >
        {visibleText(titleOf(session))}
      </a>
      {tags.map((tag) => (
        <span key={tag} className="tag">
          {visibleText(tag)}
        </span>
      ))}
    </>
  );
}

function Agents({ session }: Pick<RowProps, "session">) {
  const names = agentNames(session).map(visibleText);
  return <span title={names.join(", ")}>{names.length}</span>;
}

function Figures({ session }: Pick<RowProps, "session">) {
  const { tokenUsage, costUsd } = session;
  const failures = failuresOf(session);
  return (
    <>
      <Cell name="tokens">{countText(tokenUsage.total)}</Cell>
      <Cell name="cost">{costText(costUsd)}</Cell>
      <Cell name="duration">{durationText(workedMs(session))}</Cell>
      <Cell name="failures">{failures === 0 ? "" : <b className="bad">{failures}</b>}</Cell>
    </>
  );
}

const NUMBERS: ReadonlySet<ColumnKey> = new Set(["agents", "tokens", "cost", "duration", "failures"]);

function Cell({ name, children }: { readonly name: ColumnKey; readonly children: ReactNode }) {
  return (
    <span role="cell" className={`cell cell-${name}${NUMBERS.has(name) ? " number" : ""}`}>
      {children}
    </span>
  );
}

function Ago({ iso }: { readonly iso: string }) {
  const nowMs = useNow();
  return (
    <time dateTime={iso} title={iso}>
      {agoText(Date.parse(iso), nowMs)}
    </time>
  );
}
