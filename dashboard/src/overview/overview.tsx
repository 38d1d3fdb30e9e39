import { lazy, Suspense } from "react";
import { usePlace } from "../app/use-place.js";
import { useFollower } from "../app/use-follower.js";
import { useHealth } from "../app/use-health.js";
import { useService } from "../app/service-context.js";
import { useTitle } from "../app/use-title.js";
import type { LinkState } from "../live/follower.js";
import { LinkBadge } from "../ui/link-badge.js";
import { NarrowFold } from "../ui/narrow-fold.js";
import { Filters, filtersOf } from "./filters.js";
import { Empty } from "./empty.js";
import type { ListSnapshot } from "./session-list.js";
import { SessionTable } from "./session-table.js";
import { StatusCounts } from "./status-counts.js";
import { useSessionList } from "./use-session-list.js";
import "../styles/overview.css";

const Charts = lazy(() => import("./charts.js"));

/** What is running, what has failed and what it cost. */
export function Overview() {
  const service = useService();
  const filters = filtersOf(usePlace().query);
  const [health, askAgain] = useHealth();
  const head = health.kind === "loaded" ? health.value.journal.offset : undefined;
  const [list, snapshot] = useSessionList(filters, head !== undefined);
  const countFailures = useTitle("");
  const link = useFollower(service.live, undefined, head, (events) => {
    list.told(events);
    countFailures(events);
  });
  const state: LinkState = health.kind === "failed" ? { kind: "waiting", attempt: 1 } : link;
  return (
    <div className="overview">
      <div className="bar">
        <h1>Sessions</h1>
        <StatusCounts version={snapshot.isLoading || snapshot.sessions} />
        <LinkBadge state={state} />
        {health.kind === "failed" && (
          <button type="button" onClick={askAgain}>
            Try again
          </button>
        )}
      </div>
      <Content snapshot={snapshot} filters={filters} />
    </div>
  );
}

interface ContentProps {
  readonly snapshot: ListSnapshot;
  readonly filters: Readonly<Record<string, string>>;
}

function Content({ snapshot, filters }: ContentProps) {
  const { sessions, total, isLoading, error, steps } = snapshot;
  const count = Object.keys(filters).length;
  if (!isLoading && error === undefined && total === 0 && count === 0) return <Empty />;
  return (
    <>
      {error !== undefined && <p className="failure">{error.message}</p>}
      <Around snapshot={snapshot} count={count} />
      <SessionTable sessions={sessions} steps={steps} total={total} isLoading={isLoading} />
    </>
  );
}

/** Charts and filters. */
function Around({ snapshot, count }: { readonly snapshot: ListSnapshot; readonly count: number }) {
  const areTables = usePlace().query.charts === "tables";
  const { sessions, isLoading } = snapshot;
  // The service answers one question after the other: the sessions come first.
  const areAsked = sessions.length > 0 || !isLoading;
  return (
    <NarrowFold words={`Filters, order and charts${count === 0 ? "" : ` (${count} set)`}`}>
      <Suspense fallback={<div className="charts" />}>
        {areAsked ? <Charts areTables={areTables} /> : <div className="charts" />}
      </Suspense>
      <Filters sessions={sessions} areTables={areTables} />
    </NarrowFold>
  );
}
