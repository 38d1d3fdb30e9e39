import uPlot from "uplot";
import { totalOf, type Series } from "../overview/chart-data.js";
import { dayText, namedDays } from "../overview/chart-scale.js";

/** The bar under the pointer. */
export interface BarAt {
  readonly index: number;
  /** How far to the right it stands, from 0 to 1. */
  readonly share: number;
}

const HEIGHT = 116;
const X_AXIS = 20;
const Y_AXIS = 46;
/** Bars over fewer days would say more than they know. */
const LEAST_SPAN_SECONDS = 6 * 86_400;
const HALF_DAY = 43_200;
/** Of the parts, in their order. */
const COLORS = ["--chart-0", "--chart-1", "--chart-2"];
/** Where there is one part. */
const COLOR = "--chart-1";

type Text = (value: number) => string;

/** Draws bars, each made of its parts, until what it returns is called; `pointed` tells what the pointer is at. */
export function drawBars(
  element: HTMLElement,
  data: Series,
  text: Text,
  top: (greatest: number) => number,
  pointed: (at: BarAt | undefined) => void,
): () => void {
  const greatest = Math.max(...data.days.map((_, index) => totalOf(data, index)));
  const plot = new uPlot(options(element, data, text, top(greatest), pointed), stacked(data), element);
  const resizing = new ResizeObserver(() => {
    plot.setSize({ width: element.clientWidth, height: HEIGHT });
  });
  resizing.observe(element);
  // Its colors are those of the theme at the time.
  const wearing = new MutationObserver(() => {
    plot.redraw();
  });
  wearing.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => {
    resizing.disconnect();
    wearing.disconnect();
    plot.destroy();
  };
}

/** The whole first: each part less is drawn over it. */
function stacked({ days, parts }: Series): uPlot.AlignedData {
  const sums = parts.map((_, from) =>
    days.map((_day, index) => parts.slice(from).reduce((sum, { values }) => sum + (values[index] ?? 0), 0)),
  );
  return [[...days], ...sums];
}

function options(
  element: HTMLElement,
  { days, parts }: Series,
  text: Text,
  top: number,
  pointed: (at: BarAt | undefined) => void,
): uPlot.Options {
  const last = days.at(-1) ?? 0;
  const first = Math.min(days[0] ?? 0, last - LEAST_SPAN_SECONDS);
  return {
    width: element.clientWidth,
    height: HEIGHT,
    // The name of the last day is wider than its bar.
    padding: [8, 20, 0, 0],
    legend: { show: false },
    cursor: { x: false, y: false, points: { show: false }, drag: { x: false, y: false } },
    hooks: {
      setCursor: [
        ({ cursor: { idx, left = -1 }, width }) => {
          pointed(idx == null || left < 0 ? undefined : { index: idx, share: left / width });
        },
      ],
    },
    scales: { x: { range: [first - HALF_DAY, last + HALF_DAY] }, y: { range: [0, top] } },
    axes: [dayAxis(first, last), valueAxis(top, text)],
    series: [{}, ...parts.map((_, index) => bar(parts.length > 1 ? COLORS[index] : undefined))],
  };
}

const AXIS = { stroke: () => colorOf("--dim"), ticks: { show: false }, font: "11px system-ui" };

function dayAxis(first: number, last: number): uPlot.Axis {
  return {
    ...AXIS,
    size: X_AXIS,
    gap: 4,
    grid: { show: false },
    splits: ({ width }) => namedDays(first, last, width - Y_AXIS),
    values: (_plot, ticks) => ticks.map(dayText),
  };
}

function valueAxis(top: number, text: Text): uPlot.Axis {
  return {
    ...AXIS,
    size: Y_AXIS,
    gap: 6,
    grid: { stroke: () => colorOf("--line"), width: 1 },
    splits: () => [0, top / 2, top],
    values: (_plot, ticks) => ticks.map(text),
  };
}

function bar(color = COLOR): uPlot.Series {
  const paths = uPlot.paths.bars?.({ size: [0.6, 24] });
  return { width: 0, fill: () => colorOf(color), points: { show: false }, ...(paths && { paths }) };
}

function colorOf(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}
