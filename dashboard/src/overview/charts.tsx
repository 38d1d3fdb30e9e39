import { useEffect } from "react";
import type { HistoryEntry, UsageRow } from "session-protocol";
import { useService } from "../app/service-context.js";
import { useLoad } from "../app/use-load.js";
import { Chart } from "../ui/chart.js";
import { costText, countText, durationText, visibleText } from "../ui/format.js";
import {
  costByDay,
  durationsByDay,
  successByDay,
  tokensByDay,
  topModels,
  type ModelUse,
} from "./chart-data.js";
import { topOf, topOfMs } from "./chart-scale.js";

const AGAIN_MS = 30_000;
const NO_RUN = "No run has ended yet.";

/** What the last weeks have cost, and how runs have done. */
export default function Charts({ areTables }: { readonly areTables: boolean }) {
  const service = useService();
  const [days, askDays] = useLoad("usage-by-day", (signal) => service.usage("day", signal));
  const [models, askModels] = useLoad("usage-by-model", (signal) => service.usage("model", signal));
  const [runs, askRuns] = useLoad("runs", (signal) => service.history({ limit: RUNS }, signal));
  useNowAndThen(askDays, askModels, askRuns);
  if ([days, models, runs].some(({ kind }) => kind === "loading")) return <div className="charts" />;
  return (
    <div className="charts">
      <Usage rows={days.kind === "loaded" ? days.value.rows : []} isTable={areTables} />
      <Runs history={runs.kind === "loaded" ? runs.value : []} isTable={areTables} />
      <Models models={topModels(models.kind === "loaded" ? models.value.rows : [])} />
    </div>
  );
}

function Usage({ rows, isTable }: { readonly rows: readonly UsageRow[]; readonly isTable: boolean }) {
  return (
    <>
      <Chart
        isTable={isTable}
        title="Tokens by day"
        data={tokensByDay(rows)}
        text={countText}
        top={topOf}
        nothing="No tokens were reported yet."
      />
      <Chart
        isTable={isTable}
        title="Cost by day"
        data={costByDay(rows)}
        text={costText}
        top={topOf}
        nothing="No cost was reported: agents do where they know it."
      />
    </>
  );
}

interface RunsProps {
  readonly history: readonly HistoryEntry[];
  readonly isTable: boolean;
}

function Runs({ history, isTable }: RunsProps) {
  const newest = history.length === RUNS ? `, newest ${countText(RUNS)}` : "";
  return (
    <>
      <Chart
        isTable={isTable}
        title={`Success rate${newest}`}
        data={successByDay(history)}
        text={percent}
        top={whole}
        nothing={history.length === 0 ? NO_RUN : "None has, of those that have ended."}
      />
      <Chart
        isTable={isTable}
        title={`Median run${newest}`}
        data={durationsByDay(history)}
        text={durationText}
        top={topOfMs}
        nothing={NO_RUN}
      />
    </>
  );
}

/** Of the newest runs, as many as the service tells at once. */
const RUNS = 1_000;

function Models({ models }: { readonly models: readonly ModelUse[] }) {
  const isFree = models.every(({ costUsd }) => costUsd === 0);
  return (
    <figure className="models">
      <figcaption>
        <span className="chart-title">{isFree ? "Tokens by model" : "Cost by model"}</span>
      </figcaption>
      {models.length === 0 && <p className="note">No model was used yet.</p>}
      <ol tabIndex={0} aria-label="Models">
        {models.map(({ name, costUsd, tokens, share }) => (
          <li key={name}>
            <span className="model-name" title={visibleText(name)}>
              {visibleText(name)}
            </span>
            <span className="model-use">
              {isFree ? `${countText(tokens)} tokens` : `${costText(costUsd)} · ${countText(tokens)} tokens`}
            </span>
            <span className="model-bar" aria-hidden="true">
              <span style={{ width: `${share * 100}%` }} />
            </span>
          </li>
        ))}
      </ol>
    </figure>
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
const whole = (): number => 1;
