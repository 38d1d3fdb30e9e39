import { useEffect } from "react";
import type { View } from "./draw-lanes.js";
import { LANE_HEIGHT } from "./lane-height.js";
import type { LaneRow } from "./lanes.js";
import { nearestMark, panned, timeAt, zoomed } from "./map-view.js";

const CLICK_PIXELS = 4;

interface DragOptions {
  readonly rows: readonly LaneRow[];
  readonly view: View;
  readonly whole: View;
  readonly setView: (view: View | undefined) => void;
  readonly goTo: (seq: number) => void;
}

/** The seq of what is drawn nearest to the pointer. */
export function pointedAt(
  { nativeEvent, currentTarget }: React.PointerEvent<HTMLCanvasElement>,
  rows: readonly LaneRow[],
  view: View,
): number | undefined {
  const row = rows[Math.floor(nativeEvent.offsetY / LANE_HEIGHT)];
  return row && nearestMark(row.lane, timeAt(view, nativeEvent.offsetX / currentTarget.clientWidth));
}

/** Dragging moves the view; a press that does not move is a click, which goes to the event. */
export function drag(press: React.PointerEvent<HTMLCanvasElement>, options: DragOptions): void {
  const { rows, view, whole, setView, goTo } = options;
  const element = press.currentTarget;
  const startX = press.clientX;
  const pressed = pointedAt(press, rows, view);
  let hasMoved = false;
  const move = (event: PointerEvent): void => {
    hasMoved ||= Math.abs(event.clientX - startX) > CLICK_PIXELS;
    if (hasMoved) setView(panned(view, whole, (startX - event.clientX) / element.clientWidth));
  };
  const release = (): void => {
    element.removeEventListener("pointermove", move);
    element.removeEventListener("pointerup", release);
    element.removeEventListener("pointercancel", release);
    if (!hasMoved && pressed !== undefined) goTo(pressed);
  };
  element.setPointerCapture(press.pointerId);
  element.addEventListener("pointermove", move);
  element.addEventListener("pointerup", release);
  element.addEventListener("pointercancel", release);
}

/** The wheel zooms. React's own handlers cannot keep the page from scrolling. */
export function useWheel(
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
