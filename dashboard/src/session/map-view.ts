import type { View } from "./draw-lanes.js";
import type { Lane } from "./lanes.js";

const LEAST_SPAN_MS = 10;

/** The time at a share of the view's width, from 0 to 1. */
export function timeAt({ startMs, endMs }: View, share: number): number {
  return startMs + (endMs - startMs) * share;
}

/** The view with its span multiplied, the time at `share` staying where it is. Undefined: all of `whole`. */
export function zoomed(view: View, whole: View, share: number, factor: number): View | undefined {
  const spanMs = Math.max(LEAST_SPAN_MS, (view.endMs - view.startMs) * factor);
  if (spanMs >= whole.endMs - whole.startMs) return undefined;
  return within(timeAt(view, share) - spanMs * share, spanMs, whole);
}

/** The view moved by a share of its own span, not beyond what there is. */
export function panned(view: View, whole: View, share: number): View {
  const spanMs = view.endMs - view.startMs;
  return within(view.startMs + spanMs * share, spanMs, whole);
}

function within(startMs: number, spanMs: number, whole: View): View {
  const start = Math.max(whole.startMs, Math.min(startMs, whole.endMs - spanMs));
  return { startMs: start, endMs: start + spanMs };
}

/** The seq of what the lane did nearest to a time. */
export function nearestMark({ marks }: Lane, timeMs: number): number | undefined {
  let best: { readonly seq: number; readonly awayMs: number } | undefined;
  for (const { seq, startMs, endMs } of marks) {
    const awayMs = timeMs < startMs ? startMs - timeMs : Math.max(0, timeMs - endMs);
    if (best === undefined || awayMs < best.awayMs) best = { seq, awayMs };
  }
  return best?.seq;
}
