import { memo, useState } from "react";
import type { SessionEvent } from "session-protocol";
import { useKeys } from "../app/keys.js";
import { hashOf } from "../app/location.js";
import { useFollower } from "../app/use-follower.js";
import { useHealth } from "../app/use-health.js";
import { useTitle } from "../app/use-title.js";
import { adjust, usePlace } from "../app/use-place.js";
import { useService } from "../app/service-context.js";
import { EventBody } from "../event/event-body.js";
import { EventTime } from "../event/event-time.js";
import { EVENT_TYPES } from "../event/event-types.js";
import { requestLine } from "../event/response-body.js";
import { visibleText } from "../ui/format.js";
import { LinkBadge } from "../ui/link-badge.js";
import { Feed, type FeedFilters } from "./feed.js";
import "../styles/session.css";
import "../styles/feed.css";

/** Events from before it was opened. */
const RECENT = 100;

/** Everything all agents do, as it happens, the newest first. */
export default function FeedView() {
  const service = useService();
  const { query } = usePlace();
  const [health] = useHealth();
  const from = health.kind === "loaded" ? Math.max(0, health.value.journal.offset - RECENT) : undefined;
  const [feed, setFeed] = useState(() => new Feed());
  const filters = filtersOf(query);
  const countFailures = useTitle("Live feed");
  const link = useFollower(service.live, undefined, from, (events) => {
    countFailures(events);
    setFeed((before) => before.with(events));
  });
  const toggle = (): void => {
    setFeed((before) => (before.isPaused ? before.resumed() : before.paused()));
  };
  useKeys({ p: toggle });
  return (
    <section className="feed" aria-label="Live feed">
      <div className="bar">
        <h1>Live feed</h1>
        <LinkBadge state={link} />
        <button type="button" aria-pressed={feed.isPaused} onClick={toggle}>
          {feed.isPaused ? "Go on" : "Pause"}
        </button>
        <span role="status">
          {feed.isPaused && feed.waiting > 0 && <b className="badge">{feed.waiting} new</b>}
        </span>
        <FeedFiltersBar filters={filters} />
      </div>
      {feed.forgotten > 0 && <p className="note">{feed.forgotten} older events are in their sessions.</p>}
      <ol className="feed-events">
        {feed.shown(filters).map((event) => (
          <FeedLine key={event.offset} event={event} />
        ))}
      </ol>
      {feed.isEmpty && <p className="note">What agents do appears here.</p>}
    </section>
  );
}

function filtersOf({ type, session, failures }: Readonly<Record<string, string>>): FeedFilters {
  return { type, sessionId: session, failuresOnly: failures === "1" };
}

function FeedFiltersBar({ filters }: { readonly filters: FeedFilters }) {
  return (
    <>
      <label className="note">
        Events{" "}
        <select
          value={filters.type ?? ""}
          onChange={(event) => {
            adjust({ type: event.target.value });
          }}
        >
          <option value="">all</option>
          {EVENT_TYPES.map((type) => (
            <option key={type}>{type}</option>
          ))}
        </select>
      </label>
      <label className="note">
        <input
          type="checkbox"
          checked={filters.failuresOnly}
          onChange={(event) => {
            adjust({ failures: event.target.checked ? 1 : undefined });
          }}
        />{" "}
        failures only
      </label>
      {filters.sessionId !== undefined && (
        <button
          type="button"
          onClick={() => {
            adjust({ session: undefined });
          }}
        >
          {filters.sessionId} ×
        </button>
      )}
    </>
  );
}

/** With every few events that come, hundreds of lines are as they were. */
const FeedLine = memo(function FeedLine({ event }: { readonly event: SessionEvent }) {
  const { sessionId, seq } = event;
  return (
    <li>
      <EventTime event={event} />
      <a href={hashOf(["session", sessionId], { seq })}>{visibleText(sessionId)}</a>
      <div className="content">
        {event.type === "response" && <p className="request">{requestLine(event.data)}</p>}
        <EventBody event={event} isOpen={false} />
      </div>
    </li>
  );
});
