import { useSyncExternalStore } from "react";
import type { EventLog } from "./event-log.js";
import type { LaneRow } from "./lanes.js";
import type { MapPlace } from "./map-keys.js";
import { markWords } from "./map-words.js";

interface TextProps {
  readonly rows: readonly LaneRow[];
  readonly place: MapPlace | undefined;
  readonly log: EventLog;
}

/** A mark in words. */
export function MarkText({ rows, place, log }: TextProps) {
  useSyncExternalStore(log.subscribe, log.version);
  if (place === undefined) return null;
  const row = rows[place.row];
  return row && <span>{markWords(row.lane, place.mark, log.peek(place.mark.seq))}</span>;
}

/** The one mark that the keyboard is at, for those who hear the map: all of them would be too many to be there. */
export function MarkOption({ isChosen, ...props }: TextProps & { readonly isChosen: boolean }) {
  const { rows, place } = props;
  if (place === undefined)
    return (
      <span role="option" aria-selected="false" className="unseen">
        nothing yet
      </span>
    );
  const { marks } = (rows[place.row] as LaneRow).lane;
  return (
    <span
      key={place.mark.seq}
      id={`mark-${place.mark.seq}`}
      role="option"
      className="unseen"
      aria-selected={isChosen}
      aria-setsize={marks.length}
      aria-posinset={marks.indexOf(place.mark) + 1}
    >
      <MarkText {...props} />
    </span>
  );
}
