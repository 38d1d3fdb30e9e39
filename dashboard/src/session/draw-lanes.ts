import type { LaneRow } from "./lanes.js";
import { LANE_HEIGHT as ROW } from "./lane-height.js";
import type { Mark, MarkKind } from "./mark.js";

/** What part of a session's time is shown, in epoch milliseconds. */
export interface View {
  readonly startMs: number;
  readonly endMs: number;
}

const PAD = 4;
const LEAST_WIDTH = 2;

/** The custom properties that give the colors. */
const COLORS: Readonly<Record<MarkKind, string>> = {
  prompt: "--text",
  response: "--accent",
  tool: "--good",
  goal: "--warn",
  state: "--line",
  error: "--bad",
  other: "--line",
};

export function drawLanes(
  canvas: HTMLCanvasElement,
  rows: readonly LaneRow[],
  view: View,
  seq: number | undefined,
): void {
  const context = canvas.getContext("2d");
  if (context === null) return;
  const { devicePixelRatio: ratio } = window;
  const { clientWidth: width, clientHeight: height } = canvas;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  context.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  const color = (name: string): string => style.getPropertyValue(name);
  const x = (timeMs: number): number =>
    ((timeMs - view.startMs) / Math.max(1, view.endMs - view.startMs)) * (width - LEAST_WIDTH);
  const pen = { context, color, x, width };
  rows.forEach((row, index) => {
    drawRow(pen, row, index * ROW, seq);
  });
}

interface Pen {
  readonly context: CanvasRenderingContext2D;
  readonly color: (name: string) => string;
  readonly x: (timeMs: number) => number;
  readonly width: number;
}

function drawRow(pen: Pen, { lane }: LaneRow, top: number, seq: number | undefined): void {
  const { context, color, x, width } = pen;
  context.fillStyle = color("--line");
  context.fillRect(0, top + ROW - 1, width, 1);
  for (const { startMs, endMs, failed } of lane.runs) {
    const from = x(startMs);
    const to = endMs === undefined ? width : x(endMs);
    context.fillStyle = color(failed ? "--removed" : "--mark");
    context.fillRect(from, top + 1, Math.max(LEAST_WIDTH, to - from), ROW - 3);
  }
  drawMarks(pen, lane.marks, top);
  const chosen = seq === undefined ? undefined : lane.marks.find((mark) => mark.seq === seq);
  if (chosen === undefined) return;
  context.strokeStyle = color("--text");
  context.lineWidth = 2;
  context.strokeRect(
    x(chosen.startMs) - 1,
    top + 1,
    Math.max(4, x(chosen.endMs) - x(chosen.startMs)) + 2,
    ROW - 3,
  );
}

/** Failures last, so that none is hidden; at most one of a kind for each pixel. Their times may be in any order. */
function drawMarks({ context, color, x, width }: Pen, marks: readonly Mark[], top: number): void {
  for (const wanted of [false, true]) {
    const drawn: Partial<Record<MarkKind, Uint8Array>> = {};
    for (const { kind, startMs, endMs, failed } of marks) {
      if (failed !== wanted) continue;
      const from = x(startMs);
      const to = Math.max(from + LEAST_WIDTH, x(endMs));
      if (to < 0 || from > width) continue;
      if (!covers((drawn[kind] ??= new Uint8Array(Math.ceil(width) + 1)), from, to)) continue;
      context.fillStyle = color(failed ? "--bad" : COLORS[kind]);
      context.fillRect(from, top + PAD, to - from, ROW - 2 * PAD);
    }
  }
}

/** Takes the pixels between two places; false where all of them were taken. */
function covers(taken: Uint8Array, from: number, to: number): boolean {
  const first = Math.max(0, Math.floor(from));
  const end = Math.min(taken.length, Math.ceil(to));
  const free = taken.indexOf(0, first);
  if (free < 0 || free >= end) return false;
  taken.fill(1, first, end);
  return true;
}
