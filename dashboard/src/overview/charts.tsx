import { useEffect } from "react";
import { useService } from "../app/service-context.js";
import { useLoad } from "../app/use-load.js";
import { Chart } from "../ui/chart.js";
import { costText, countText, durationText, visibleText } from "../ui/format.js";
import { durationsByDay, perDay, successByDay, topModels } from "./chart-data.js";

const AGAIN_MS = 30_000;

/** What the last weeks have cost, and how runs have done. */
export default function Charts() {
  const service = useService();
  const [days, askDays] = useLoad("usage-by-day", (signal) => service.usage("day", signal));
  const [models, askModels] = useLoad("usage-by-model", (signal) => service.usage("model", signal));
  const [runs, askRuns] = useLoad("runs", (signal) => service.history({ limit: 1_000 }, signal));
  useNowAndThen(askDays, askModels, askRuns);
  const dayRows = days.kind === "loaded" ? days.value.rows : [];
  const history = runs.kind === "loaded" ? runs.value : [];
  return (
    <div className="charts">
      <Chart
        title="Tokens by day"
        data={perDay(dayRows, ({ tokenUsage }) => tokenUsage.total)}
        text={countText}
      />
      <Chart title="Cost by day" data={perDay(dayRows, ({ costUsd }) => costUsd)} text={costText} />
      <Chart title="Success rate of runs" data={successByDay(history)} text={percent} most={1} />
      <Chart title="Median duration of runs" data={durationsByDay(history)} text={durationText} />
      <figure className="models">
        <figcaption>Cost by model</figcaption>
        <ol>
          {topModels(models.kind === "loaded" ? models.value.rows : []).map(
            ({ name, costUsd, tokens, share }) => (
              <li key={name}>
                <span className="model-name">{visibleText(name)}</span>
                <meter value={share} aria-label={`${visibleText(name)}, share of the greatest`} />
                <span>
                  {costText(costUsd)}, {countText(tokens)} tokens
                </span>
              </li>
            ),
          )}
        </ol>
      </figure>
    </div>
  );
}

/** What is shown goes on, and what was not answered is asked for again. */
function useNowAndThen(...asks: readonly (() => void)[]): void {
  useEffect(() => {
    const timer = window.setInterval(() => {
      if (!document.hidden) for (const ask of asks) ask();
    }, AGAIN_MS);
    return () => {
      window.clearInterval(timer);
    };
  }, asks);
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
