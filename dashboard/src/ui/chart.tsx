import { useEffect, useRef } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Series } from "../overview/chart-data.js";

interface ChartProps {
  readonly title: string;
  readonly data: Series;
  readonly text: (value: number) => string;
  /** Top of the scale; absent: as the data needs. */
  readonly most?: number;
}

const HEIGHT = 96;
/** Bars over fewer days would say more than it knows. */
const LEAST_SPAN_SECONDS = 7 * 86_400;
const HALF_DAY = 43_200;

/** Small bars over days. The last value stands beside the title, for those who see no bars. */
export function Chart({ title, data, text, most }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = place.current;
    if (element === null || data.days.length === 0) return;
    const plot = new uPlot(
      options(element, text, most, data.days),
      [[...data.days], [...data.values]],
      element,
    );
    const resizing = new ResizeObserver(() => {
      plot.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    resizing.observe(element);
    return () => {
      resizing.disconnect();
      plot.destroy();
    };
  }, [data.days.join(), data.values.join(), text, most]);
  const last = data.values.at(-1);
  return (
    <figure className="chart">
      <figcaption>
        {title} <b>{last == null ? "none yet" : text(last)}</b>
      </figcaption>
      <div ref={place} className="plot" aria-hidden="true" />
    </figure>
  );
}

function options(
  element: HTMLElement,
  text: (value: number) => string,
  most: number | undefined,
  days: readonly number[],
): uPlot.Options {
  const bars = uPlot.paths.bars?.({ size: [0.6, 24] });
  const first = days[0] ?? 0;
  const last = days.at(-1) ?? 0;
  const style = getComputedStyle(element);
  const color = style.getPropertyValue("--accent").trim();
  const dim = style.getPropertyValue("--dim").trim();
  const axis = { stroke: dim, grid: { show: false }, ticks: { show: false }, font: "11px system-ui" };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      // For a single day the library would show years.
      x: { range: () => [Math.min(first, last - LEAST_SPAN_SECONDS) - HALF_DAY, last + HALF_DAY] },
      y: { range: (_plot, _least, greatest) => [0, most ?? Math.max(greatest, Number.MIN_VALUE)] },
    },
    axes: [axis, { ...axis, size: 52, values: (_plot, ticks) => ticks.map(text) }],
    series: [{}, { stroke: color, width: 1, fill: `${color}66`, ...(bars && { paths: bars }) }],
  };
}
