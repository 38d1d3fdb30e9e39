import { clockText, durationText } from "../ui/format.js";
import type { View } from "./draw-lanes.js";
import { panned, zoomed } from "./map-view.js";

/** What part of the time is shown. */
export function ViewText({ view: { startMs, endMs } }: { readonly view: View }) {
  const clock = (timeMs: number): string => clockText(new Date(timeMs).toISOString());
  return (
    <span className="map-time">
      {clock(startMs)} – {clock(endMs)}, {durationText(endMs - startMs)}
    </span>
  );
}

interface ButtonsProps {
  /** Undefined: all is shown. */
  readonly view: View | undefined;
  readonly shown: View;
  readonly whole: View;
  readonly setView: (view: View | undefined) => void;
}

const MIDDLE = 0.5;
const STEP = 0.25;

/** What the wheel and dragging do, for those who have neither. */
export function MapButtons({ view, shown, whole, setView }: ButtonsProps) {
  const buttons: readonly [string, string, () => View | undefined][] = [
    ["+", "Zoom in", () => zoomed(shown, whole, MIDDLE, 0.5)],
    ["−", "Zoom out", () => zoomed(shown, whole, MIDDLE, 2)],
    ["‹", "Earlier", () => panned(shown, whole, -STEP)],
    ["›", "Later", () => panned(shown, whole, STEP)],
  ];
  return (
    <span className="map-buttons">
      {buttons.map(([sign, name, next], index) => (
        <button
          key={name}
          type="button"
          aria-label={name}
          title={name}
          disabled={view === undefined && index > 0}
          onClick={() => {
            setView(next());
          }}
        >
          {sign}
        </button>
      ))}
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
    </span>
  );
}
