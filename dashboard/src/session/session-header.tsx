import type { ReactNode } from "react";
import type { SessionHead } from "../api/service.js";
import { hashOf } from "../app/location.js";
import { useNow } from "../app/use-now.js";
import type { LinkState } from "../live/follower.js";
import { titleOf } from "../overview/columns.js";
import { begunAt, failuresOf, workedMs } from "../overview/figures.js";
import { OPEN_STATUSES } from "../overview/statuses.js";
import { costText, countText, durationText, visibleText } from "../ui/format.js";
import { LinkBadge } from "../ui/link-badge.js";
import { StatusBadge } from "../ui/status-badge.js";
import type { Lanes } from "./lanes.js";
import type { Position } from "./use-position.js";

interface HeaderProps {
  readonly head: SessionHead;
  readonly lanes: Lanes;
  readonly position: Position;
  readonly link: LinkState;
  readonly isDeleted: boolean;
}

export function SessionHeader({ head, lanes, position, link, isDeleted }: HeaderProps) {
  const { metadata } = head;
  const { sessionId, status } = metadata;
  return (
    <section className="session-head" aria-label="Session">
      <div className="bar">
        <h1 title={sessionId}>{visibleText(titleOf(metadata))}</h1>
        <StatusBadge status={isDeleted ? "deleted" : status} />
        <LinkBadge state={link} />
        <a href={hashOf(["compare", sessionId])}>Compare</a>
      </div>
      <Facts head={head} lanes={lanes} position={position} />
    </section>
  );
}

/** What it is at, and what it took. */
function Facts({
  head: { metadata, state },
  lanes,
  position,
}: Pick<HeaderProps, "head" | "lanes" | "position">) {
  const { status, userId, tokenUsage, costUsd, metrics, model } = metadata;
  const done = state.goals.filter((goal) => goal.status === "completed").length;
  return (
    <dl className="facts">
      <Fact name="User">{visibleText(userId)}</Fact>
      {model !== null && <Fact name="Model">{visibleText(model)}</Fact>}
      <Fact name="Phase">{plain(state.phase)}</Fact>
      <Fact name="Current step">{plain(state.currentStep)}</Fact>
      <Fact name="Goals">
        {done} of {state.goals.length}{" "}
        <meter value={done} max={Math.max(1, state.goals.length)} aria-label="Goals completed" />
      </Fact>
      <Fact name="Elapsed">
        <Elapsed
          begun={begunAt(metadata)}
          durationMs={workedMs(metadata)}
          isOpen={OPEN_STATUSES.has(status)}
        />
      </Fact>
      <Fact name="Tokens">
        <span
          title={`${tokenUsage.input} in, ${tokenUsage.output} out, ${tokenUsage.cacheRead} read from cache`}
        >
          {countText(tokenUsage.total)}
        </span>
      </Fact>
      <Fact name="Cost">{costText(costUsd)}</Fact>
      <Fact name="Events">{countText(metadata.seq)}</Fact>
      <Fact name="Tool calls">{countText(metrics.toolCalls + metrics.bashCommands + metrics.mcpCalls)}</Fact>
      <Fact name="Failures">
        <Failures told={failuresOf(metadata)} lanes={lanes} position={position} />
      </Fact>
    </dl>
  );
}

type FailuresProps = Pick<HeaderProps, "lanes" | "position"> & { readonly told: number };

/** How many there are, and the way from each to the next. What was counted by the service may be read later, or before. */
function Failures({ told, lanes, position }: FailuresProps) {
  const count = Math.max(told, lanes.failures);
  if (count === 0) return "none";
  const next = lanes.failure(position.seq ?? 0, 1) ?? lanes.failure(0, 1);
  return (
    <button
      type="button"
      className="more bad"
      onClick={() => {
        if (next !== undefined) position.goTo(next);
      }}
    >
      {count}, show {position.seq === undefined ? "the first" : "the next"}
    </button>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

interface ElapsedProps {
  readonly begun: string;
  readonly durationMs: number;
  readonly isOpen: boolean;
}

function Elapsed({ begun, durationMs, isOpen }: ElapsedProps) {
  const nowMs = useNow();
  return <>{durationText(isOpen ? Math.max(0, nowMs - Date.parse(begun)) : durationMs)}</>;
}

function plain(value: unknown): string {
  if (value == null) return "none";
  return visibleText(typeof value === "string" ? value : JSON.stringify(value));
}
