import { useMemo } from "react";
import { adjust, usePlace } from "../app/use-place.js";
import type { View } from "./draw-lanes.js";

/** What part of the time is shown, which stands in the address. Undefined: all of it. */
export function useMapView(): [View | undefined, (view: View | undefined) => void] {
  const { from, to } = usePlace().query;
  const view = useMemo(() => viewOf(Number(from ?? NaN), Number(to ?? NaN)), [from, to]);
  return [view, showView];
}

function viewOf(startMs: number, endMs: number): View | undefined {
  return startMs < endMs ? { startMs, endMs } : undefined;
}

function showView(view: View | undefined): void {
  adjust({ from: view && Math.round(view.startMs), to: view && Math.round(view.endMs) });
}
