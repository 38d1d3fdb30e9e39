import { useEffect, useRef, useState } from "react";
import { visibleText } from "../ui/format.js";
import type { Lanes, LaneRow } from "./lanes.js";
import { drawLanes, type View } from "./draw-lanes.js";
import { nearestMark, panned, timeAt, zoomed } from "./map-view.js";
import type { Position } from "./use-position.js";

interface MinimapProps {
  readonly lanes: Lanes;
  /** Of the lanes: what is drawn is drawn anew when it changes. */
  readonly version: number;
  readonly isRead: boolean;
  readonly position: Position;
}

export const LANE_HEIGHT = 18;
const MAX_SHOWN_LANES = 8;

/** A line for each agent, with its runs and calls over time. Wheel zooms, dragging pans, a click goes to the event. */
export function Minimap({ lanes, version, isRead, position }: MinimapProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  // Undefined: the whole session.
  const [view, setView] = useState<View>();
  const rows = lanes.rows();
  const whole = lanes.span ?? { startMs: 0, endMs: 1 };
  const shown = view ?? whole;
  useDrawing(canvas, rows, shown, position.seq, version);
  useWheel(canvas, shown, whole, setView);
  return (
    <section className="minimap" aria-label="Map of the session">
      <div className="lanes" style={{ maxHeight: MAX_SHOWN_LANES * LANE_HEIGHT + 2 }}>
        <LaneNames rows={rows} />
        <canvas
          ref={canvas}
          style={{ height: Math.max(1, rows.length) * LANE_HEIGHT }}
          aria-label={`Timeline of ${rows.length} agents`}
          role="img"
          onPointerDown={(event) => {
            drag(event, { rows, view: shown, whole, setView, position });
          }}
        />
      </div>
      <p className="note map-note">
        {!isRead && "Reading the timeline… "}
        {view !== undefined && (
          <button
            type="button"
            onClick={() => {
              setView(undefined);
            }}
          >
            Show all
          </button>
        )}
      </p>
    </section>
  );
}

function LaneNames({ rows }: { readonly rows: readonly LaneRow[] }) {
  return (
    <ol className="lane-names" aria-label="Agents">
      {rows.map(({ lane, depth }) => (
        <li
          key={lane.agentId}
          style={{ paddingLeft: `${depth * 0.8}rem`, height: LANE_HEIGHT }}
          title={visibleText(lane.agentId)}
        >
          {visibleText(lane.label)}
        </li>
      ))}
    </ol>
  );
}

function useDrawing(
  canvas: React.RefObject<HTMLCanvasElement | null>,
  rows: readonly LaneRow[],
  view: View,
  seq: number | undefined,
  version: number,
): void {
  const [size, setSize] = useState(0);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const resizing = new ResizeObserver(() => {
      setSize(element.clientWidth);
    });
    resizing.observe(element);
    return () => {
      resizing.disconnect();
    };
  }, [canvas]);
  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      if (canvas.current !== null) drawLanes(canvas.current, rows, view, seq);
    });
    return () => {
      cancelAnimationFrame(frame);
    };
  }, [canvas, rows, view, seq, version, size]);
}

/** React's own wheel handlers cannot keep the page from scrolling. */
function useWheel(
  canvas: React.RefObject<HTMLCanvasElement | null>,
  view: View,
  whole: View,
  setView: (view: View | undefined) => void,
): void {
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const turned = (event: WheelEvent): void => {
      if (!event.ctrlKey && !event.shiftKey && Math.abs(event.deltaY) < 1) return;
      event.preventDefault();
      const share = event.offsetX / element.clientWidth;
      setView(zoomed(view, whole, share, event.deltaY > 0 ? 1.25 : 0.8));
    };
    element.addEventListener("wheel", turned, { passive: false });
    return () => {
      element.removeEventListener("wheel", turned);
    };
  }, [canvas, view, whole, setView]);
}

const CLICK_PIXELS = 4;

interface Map {
  readonly rows: readonly LaneRow[];
  readonly view: View;
  readonly whole: View;
  readonly setView: (view: View | undefined) => void;
  readonly position: Position;
}

/** A press that does not move is a click. */
function drag(
  press: React.PointerEvent<HTMLCanvasElement>,
  { rows, view, whole, setView, position }: Map,
): void {
  const element = press.currentTarget;
  const startX = press.clientX;
  const { offsetX, offsetY } = press.nativeEvent;
  let hasMoved = false;
  const move = (event: PointerEvent): void => {
    hasMoved ||= Math.abs(event.clientX - startX) > CLICK_PIXELS;
    if (hasMoved) setView(panned(view, whole, (startX - event.clientX) / element.clientWidth));
  };
  const release = (): void => {
    element.removeEventListener("pointermove", move);
    element.removeEventListener("pointerup", release);
    if (hasMoved) return;
    const row = rows[Math.floor(offsetY / LANE_HEIGHT)];
    const seq = row && nearestMark(row.lane, timeAt(view, offsetX / element.clientWidth));
    if (seq !== undefined) position.goTo(seq);
  };
  element.setPointerCapture(press.pointerId);
  element.addEventListener("pointermove", move);
  element.addEventListener("pointerup", release);
}
