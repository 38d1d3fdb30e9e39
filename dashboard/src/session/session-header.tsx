import type { ReactNode } from "react";
import type { SessionHead } from "../api/service.js";
import { hashOf } from "../app/location.js";
import { useNow } from "../app/use-now.js";
import type { LinkState } from "../live/follower.js";
import { titleOf } from "../overview/columns.js";
import { costText, countText, durationText, visibleText } from "../ui/format.js";
import { LinkBadge } from "../ui/link-badge.js";
import { StatusBadge } from "../ui/status-badge.js";

interface HeaderProps {
  readonly head: SessionHead;
  readonly link: LinkState;
  readonly isDeleted: boolean;
}

const OPEN = new Set(["created", "connecting", "active", "processing"]);

export function SessionHeader({ head: { metadata, state }, link, isDeleted }: HeaderProps) {
  const { sessionId, status, userId, tokenUsage, costUsd, metrics, model } = metadata;
  const done = state.goals.filter((goal) => goal.status === "completed").length;
  return (
    <section className="session-head" aria-label="Session">
      <div className="bar">
        <h1 title={sessionId}>{visibleText(titleOf(metadata))}</h1>
        <StatusBadge status={isDeleted ? "deleted" : status} />
        <LinkBadge state={link} />
        <a href={hashOf(["compare", sessionId])}>Compare</a>
      </div>
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
          <Elapsed created={metadata.created} durationMs={metadata.durationMs} isOpen={OPEN.has(status)} />
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
        <Fact name="Tool calls">
          {countText(metrics.toolCalls + metrics.bashCommands + metrics.mcpCalls)}
        </Fact>
        <Fact name="Errors">{metrics.errors}</Fact>
      </dl>
    </section>
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
  readonly created: string;
  readonly durationMs: number;
  readonly isOpen: boolean;
}

function Elapsed({ created, durationMs, isOpen }: ElapsedProps) {
  const nowMs = useNow();
  return <>{durationText(isOpen ? Math.max(0, nowMs - Date.parse(created)) : durationMs)}</>;
}

function plain(value: unknown): string {
  if (value == null) return "none";
  return visibleText(typeof value === "string" ? value : JSON.stringify(value));
}
