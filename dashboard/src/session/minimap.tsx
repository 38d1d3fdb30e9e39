import { useRef, useState } from "react";
import type { EventLog } from "./event-log.js";
import type { Lanes, LaneRow } from "./lanes.js";
import type { View } from "./draw-lanes.js";
import { LaneNames } from "./lane-names.js";
import { LANE_HEIGHT } from "./lane-height.js";
import { drag, pointedAt, useWheel } from "./map-gestures.js";
import { mapMove, placeIn, viewWith, type MapMove, type MapPlace, type MapState } from "./map-keys.js";
import { MarkOption, MarkText } from "./mark-option.js";
import { MapButtons, ViewText } from "./map-buttons.js";
import { useDrawing } from "./use-drawing.js";
import { useMapView } from "./use-map-view.js";
import type { Position } from "./use-position.js";

interface MinimapProps {
  readonly lanes: Lanes;
  readonly log: EventLog;
  /** Of the lanes: what is drawn is drawn anew when it changes. */
  readonly version: number;
  readonly isRead: boolean;
  readonly position: Position;
}

const MAX_SHOWN_LANES = 7;

/**
 * A line for each agent, with its runs and calls over time. Wheel zooms, dragging pans, a click goes to the event.
 * For the keyboard it is a list of what was done, of which the event that is looked at is the chosen one.
 */
export function Minimap({ lanes, log, version, isRead, position }: MinimapProps) {
  const [view, setView] = useMapView();
  const [hovered, setHovered] = useState<number>();
  const rows = lanes.rows();
  const whole = lanes.span ?? { startMs: 0, endMs: 1 };
  const shown = view ?? whole;
  const place = placeIn(rows, position.seq);
  return (
    <section className="minimap" aria-label="Map of the session">
      <div className="lanes" style={{ maxHeight: MAX_SHOWN_LANES * LANE_HEIGHT + 2 }}>
        <LaneNames rows={rows} />
        <LaneMarks
          {...{ rows, log, place, whole, position, version, setView, setHovered, view: shown }}
          isZoomed={view !== undefined}
        />
      </div>
      <div className="note map-note">
        <MapButtons view={view} shown={shown} whole={whole} setView={setView} />
        {isRead ? <ViewText view={shown} /> : "Reading the timeline… "}
        {hovered !== undefined && <MarkText place={placeIn(rows, hovered)} rows={rows} log={log} />}
      </div>
    </section>
  );
}

interface MarksProps {
  readonly rows: readonly LaneRow[];
  readonly log: EventLog;
  readonly place: MapPlace | undefined;
  readonly view: View;
  readonly whole: View;
  readonly isZoomed: boolean;
  readonly position: Position;
  readonly version: number;
  readonly setView: (view: View | undefined) => void;
  readonly setHovered: (seq: number | undefined) => void;
}

function LaneMarks(props: MarksProps) {
  const { rows, log, place, view, whole, position, version, setView, setHovered } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  useDrawing(canvas, rows, view, position.seq, version);
  useWheel(canvas, view, whole, setView);
  return (
    <div
      className="lane-marks"
      role="listbox"
      aria-label="Timeline: arrows go to the next event or agent, plus and minus zoom"
      aria-activedescendant={place && `mark-${place.mark.seq}`}
      tabIndex={0}
      onKeyDown={(event) => {
        pressed(event, props);
      }}
    >
      <canvas
        ref={canvas}
        style={{ height: Math.max(1, rows.length) * LANE_HEIGHT }}
        aria-hidden="true"
        onPointerDown={(event) => {
          drag(event, { rows, view, whole, setView, goTo: position.goTo });
        }}
        onPointerMove={(event) => {
          setHovered(pointedAt(event, rows, view));
        }}
        onPointerLeave={() => {
          setHovered(undefined);
        }}
      />
      <MarkOption rows={rows} place={place} log={log} isChosen={position.seq !== undefined} />
    </div>
  );
}

function pressed(event: React.KeyboardEvent, props: MarksProps): void {
  const { rows, place, view, whole, isZoomed, setView, position } = props;
  if (place === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
  const state = { rows, place, view, whole };
  const move = mapMove(event.key, event.shiftKey, state);
  if (move === undefined) return;
  event.preventDefault();
  follow(move, state, isZoomed, setView, position);
}

/** A move to an event brings it into view. */
function follow(
  move: MapMove,
  { rows, view, whole }: MapState,
  isZoomed: boolean,
  setView: (view: View | undefined) => void,
  position: Position,
): void {
  if ("view" in move) {
    setView(move.view);
    return;
  }
  const mark = placeIn(rows, move.seq)?.mark;
  if (isZoomed && mark !== undefined) setView(viewWith(view, whole, mark.startMs));
  position.goTo(move.seq);
}
