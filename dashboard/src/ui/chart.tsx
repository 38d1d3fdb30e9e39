import { useEffect, useRef, useState } from "react";
import "uplot/dist/uPlot.min.css";
import { totalOf, type Series } from "../overview/chart-data.js";
import { dayText } from "../overview/chart-scale.js";
import { drawBars, type BarAt } from "./bars.js";

export interface ChartProps {
  readonly title: string;
  readonly data: Series;
  readonly text: (value: number) => string;
  /** Top of the scale for the greatest value. */
  readonly top: (greatest: number) => number;
  /** Said where there is nothing to be drawn. */
  readonly nothing: string;
  readonly isTable: boolean;
}

/** Bars over days, or the same as a table. The last day's value stands beside the title. */
export function Chart({ title, data, text, top, nothing, isTable }: ChartProps) {
  const last = data.days.length - 1;
  const isEmpty = data.days.every((_, index) => totalOf(data, index) === 0);
  return (
    <figure className="chart">
      <figcaption>
        <span className="chart-title">{title}</span>
        {!isEmpty && (
          <span className="chart-last">
            {dayText(data.days[last] ?? 0)} <b>{text(totalOf(data, last))}</b>
          </span>
        )}
      </figcaption>
      {isEmpty ? (
        <p className="note">{nothing}</p>
      ) : isTable ? (
        <ChartTable title={title} data={data} text={text} />
      ) : (
        <Bars data={data} text={text} top={top} />
      )}
    </figure>
  );
}

function Bars({ data, text, top }: Pick<ChartProps, "data" | "text" | "top">) {
  const place = useRef<HTMLDivElement>(null);
  const [at, setAt] = useState<BarAt>();
  useEffect(
    () => (place.current === null ? undefined : drawBars(place.current, data, text, top, setAt)),
    // Answers are made anew all the time, mostly the same.
    [JSON.stringify(data), text, top],
  );
  const isShown = at !== undefined && at.index < data.days.length;
  return (
    <div className="bars" aria-hidden="true">
      <div ref={place} className="plot" />
      {isShown && <Tip at={at} data={data} text={text} />}
      {data.parts.length > 1 && (
        <p className="legend">
          {data.parts.map(({ name }, index) => (
            <span key={name} className={`part-${index}`}>
              {name}
            </span>
          ))}
        </p>
      )}
    </div>
  );
}

interface TipProps {
  readonly at: BarAt;
  readonly data: Series;
  readonly text: (value: number) => string;
}

/** What the bar under the pointer stands for. */
function Tip({ at: { index, share }, data, text }: TipProps) {
  const { parts, days } = data;
  return (
    <div className={`tip ${share > 0.5 ? "tip-left" : "tip-right"}`}>
      {dayText(days[index] ?? 0)} <b>{text(totalOf(data, index))}</b>
      {parts.length > 1 &&
        parts.map(({ name, values }) => (
          <div key={name}>
            {name} {text(values[index] ?? 0)}
          </div>
        ))}
    </div>
  );
}

function ChartTable({ title, data: { days, parts }, text }: Pick<ChartProps, "title" | "data" | "text">) {
  return (
    <div className="chart-table" tabIndex={0} role="region" aria-label={title}>
      <table>
        <thead>
          <tr>
            <th scope="col">Day</th>
            {parts.map(({ name }) => (
              <th key={name} scope="col" className="number">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {days
            .map((day, index) => (
              <tr key={day}>
                <th scope="row">{dayText(day)}</th>
                {parts.map(({ name, values }) => (
                  <td key={name} className="number">
                    {text(values[index] ?? 0)}
                  </td>
                ))}
              </tr>
            ))
            .reverse()}
        </tbody>
      </table>
    </div>
  );
}
