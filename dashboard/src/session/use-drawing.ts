import { useEffect, useState } from "react";
import { drawLanes, type View } from "./draw-lanes.js";
import type { LaneRow } from "./lanes.js";

/** Draws the lanes anew, once a frame, whenever they or the size of the canvas have changed. */
export function useDrawing(
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
  const { startMs, endMs } = view;
  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      if (canvas.current !== null) drawLanes(canvas.current, rows, { startMs, endMs }, seq);
    });
    return () => {
      cancelAnimationFrame(frame);
    };
  }, [canvas, rows.length, startMs, endMs, seq, version, size]);
}
