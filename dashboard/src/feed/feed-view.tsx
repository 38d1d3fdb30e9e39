import { memo, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import type { SessionEvent } from "session-protocol";
import { useKeys } from "../app/keys.js";
import { hashOf } from "../app/location.js";
import { useFollower } from "../app/use-follower.js";
import { useHealth } from "../app/use-health.js";
import { useTitle } from "../app/use-title.js";
import { usePlace } from "../app/use-place.js";
import { useService } from "../app/service-context.js";
import { EventBody } from "../event/event-body.js";
import { EventTime } from "../event/event-time.js";
import { requestLine } from "../event/response-body.js";
import { countText, visibleText } from "../ui/format.js";
import type { LinkState } from "../live/follower.js";
import { LinkBadge } from "../ui/link-badge.js";
import { NarrowFold } from "../ui/narrow-fold.js";
import { FeedFiltersBar, filtersOf } from "./feed-filters.js";
import { Feed } from "./feed.js";
import { Owners } from "./owners.js";
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
  const owners = useOwners();
  const shown = feed.shown(filtersOf(query, owners));
  const countFailures = useTitle("Live feed");
  const link = useFollower(service.live, undefined, from, (events) => {
    countFailures(events);
    owners.told(events);
    setFeed((before) => before.with(events));
  });
  const toggle = (): void => {
    setFeed((before) => (before.isPaused ? before.resumed() : before.paused()));
  };
  useKeys({ p: toggle });
  return (
    <section className="feed" aria-label="Live feed">
      <FeedBar feed={feed} link={link} toggle={toggle} />
      <NarrowFold words="Filters">
        <FeedFiltersBar owners={owners} agents={feed.agents()} />
      </NarrowFold>
      {feed.forgotten > 0 && (
        <p className="note">{countText(feed.forgotten)} older events are in their sessions.</p>
      )}
      <ol className="feed-events">
        {shown.map((event) => (
          <FeedLine key={event.offset} event={event} />
        ))}
      </ol>
      {shown.length === 0 && (
        <p className="note">
          {feed.isEmpty ? "What agents do appears here." : "The filters let nothing of this through yet."}
        </p>
      )}
    </section>
  );
}

interface FeedBarProps {
  readonly feed: Feed;
  readonly link: LinkState;
  readonly toggle: () => void;
}

function FeedBar({ feed: { isPaused, waiting }, link, toggle }: FeedBarProps) {
  return (
    <div className="bar">
      <h1>Live feed</h1>
      <LinkBadge state={link} />
      <button type="button" aria-pressed={isPaused} onClick={toggle}>
        {isPaused ? "Go on" : "Pause"}
      </button>
      <span role="status">{isPaused && waiting > 0 && <b className="badge">{waiting} new</b>}</span>
    </div>
  );
}

function useOwners(): Owners {
  const service = useService();
  const owners = useMemo(() => new Owners(service), [service]);
  useEffect(() => {
    void owners.prime();
    return () => {
      owners.close();
    };
  }, [owners]);
  useSyncExternalStore(owners.subscribe, owners.version);
  return owners;
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
