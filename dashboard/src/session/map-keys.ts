import type { View } from "./draw-lanes.js";
import { indexAtOrBefore } from "./sorted-seqs.js";
import type { Lane, LaneRow } from "./lanes.js";
import type { Mark } from "./mark.js";
import { nearestMark, panned, zoomed } from "./map-view.js";

/** What is looked at: a mark of a lane. */
export interface MapPlace {
  readonly row: number;
  readonly mark: Mark;
}

export interface MapState {
  readonly rows: readonly LaneRow[];
  readonly place: MapPlace;
  readonly view: View;
  readonly whole: View;
}

/** Where a key leads: to another event, or to another part of the time. */
export type MapMove = { readonly seq: number } | { readonly view: View | undefined };

const PAN = 0.25;
const PAGE = 0.1;
const ZOOM_IN = 0.5;

/** The mark of an event, or of the last one before it that has one; without an event the last there is. */
export function placeIn(rows: readonly LaneRow[], seq = Infinity): MapPlace | undefined {
  let best: MapPlace | undefined;
  for (const [row, { lane }] of rows.entries()) {
    const mark = lane.marks[indexOfSeq(lane, seq)];
    if (mark !== undefined && mark.seq > (best?.mark.seq ?? 0)) best = { row, mark };
  }
  return best;
}

/** Undefined: the key means nothing here. */
export function mapMove(key: string, isShifted: boolean, state: MapState): MapMove | undefined {
  const { rows, place, view, whole } = state;
  const marks = (rows[place.row] as LaneRow).lane.marks;
  const at = indexOfSeq((rows[place.row] as LaneRow).lane, place.mark.seq);
  const share = shareOf(place.mark.startMs, view);
  switch (key) {
    case "ArrowLeft":
      return isShifted ? { view: panned(view, whole, -PAN) } : to(marks[at - 1]);
    case "ArrowRight":
      return isShifted ? { view: panned(view, whole, PAN) } : to(marks[at + 1]);
    case "ArrowUp":
      return otherLane(state, -1);
    case "ArrowDown":
      return otherLane(state, 1);
    case "Home":
      return to(marks[0]);
    case "End":
      return to(marks.at(-1));
    case "PageUp":
      return to(byTime(marks, at, -1, place.mark.startMs - (view.endMs - view.startMs) * PAGE));
    case "PageDown":
      return to(byTime(marks, at, 1, place.mark.startMs + (view.endMs - view.startMs) * PAGE));
    case "+":
    case "=":
      return { view: zoomed(view, whole, share, ZOOM_IN) };
    case "-":
      return { view: zoomed(view, whole, share, 1 / ZOOM_IN) };
    case "a":
      return { view: undefined };
    default:
      return undefined;
  }
}

/** The view that holds a moment: itself, or moved so that the moment is in its middle. */
export function viewWith(view: View, whole: View, timeMs: number): View {
  if (timeMs >= view.startMs && timeMs <= view.endMs) return view;
  return panned(view, whole, (timeMs - view.startMs) / (view.endMs - view.startMs) - 0.5);
}

function to(mark: Mark | undefined): MapMove | undefined {
  return mark && { seq: mark.seq };
}

/** The nearest in time of the next agent that did anything. */
function otherLane({ rows, place }: MapState, step: 1 | -1): MapMove | undefined {
  for (let row = place.row + step; row >= 0 && row < rows.length; row += step) {
    const seq = nearestMark((rows[row] as LaneRow).lane, place.mark.startMs);
    if (seq !== undefined) return { seq };
  }
  return undefined;
}

/** At least one mark further, and as many as it takes to come to that time. */
function byTime(marks: readonly Mark[], at: number, step: 1 | -1, timeMs: number): Mark | undefined {
  let next = at + step;
  const isShort = (mark: Mark | undefined): boolean =>
    mark !== undefined && (step === 1 ? mark.startMs < timeMs : mark.startMs > timeMs);
  while (isShort(marks[next]) && marks[next + step] !== undefined) next += step;
  return marks[next];
}

function shareOf(timeMs: number, { startMs, endMs }: View): number {
  return Math.min(1, Math.max(0, (timeMs - startMs) / Math.max(1, endMs - startMs)));
}

function indexOfSeq({ marks }: Lane, seq: number): number {
  return indexAtOrBefore(marks, seq, seqOf);
}

const seqOf = ({ seq }: Mark): number => seq;
