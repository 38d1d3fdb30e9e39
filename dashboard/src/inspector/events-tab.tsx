import { useMemo, useSyncExternalStore } from "react";
import { usePlace } from "../app/use-place.js";
import { useStored } from "../session/use-selection.js";
import { EventFilterBar } from "./event-filter-bar.js";
import { EventList } from "./event-list.js";
import { RawEvent } from "./raw-event.js";
import { TakeEvents } from "./take-events.js";
import type { TabProps } from "./tab-props.js";

/** All events as they are stored, those that filters let through; the chosen one whole. */
export default function EventsTab({ sessionId, loaded, position }: TabProps) {
  const { log, lanes } = loaded;
  useSyncExternalStore(log.subscribe, log.version);
  const { type, agentId, runId, find } = usePlace().query;
  const filters = useMemo(() => ({ type, agentId, runId, text: find }), [type, agentId, runId, find]);
  const selection = useStored(sessionId, log.lastSeq, filters);
  const { seq } = position;
  return (
    <div className="events-tab">
      <div className="bar tight">
        <EventFilterBar filters={filters} lanes={lanes} />
        <TakeEvents sessionId={sessionId} filters={filters} selection={selection} />
      </div>
      <EventList selection={selection} log={log} find={find ?? ""} position={position} />
      {seq !== undefined && (
        <RawEvent seq={seq} event={log.event(seq)} failure={log.failure(seq)} close={position.follow} />
      )}
    </div>
  );
}
