import { useService } from "../app/service-context.js";
import { hashOf } from "../app/location.js";
import { useLoad } from "../app/use-load.js";
import { costText, countText } from "../ui/format.js";

const COUNTED = ["active", "completed", "failed", "terminated", "interrupted"] as const;

const BAD: ReadonlySet<string> = new Set(["failed", "terminated"]);

/** How many sessions there are by status; asked for again when `version` changes. */
export function StatusCounts({ version }: { readonly version: unknown }) {
  const service = useService();
  const [stats] = useLoad("stats", (signal) => service.stats(signal), version);
  if (stats.kind !== "loaded") return <ul className="counts" />;
  const { tokenUsage, costUsd, total } = stats.value;
  return (
    <ul className="counts" aria-label="Sessions by status">
      <li>
        <a href={hashOf([])}>
          <b>{countText(total)}</b> in all
        </a>
      </li>
      {COUNTED.map((status) => (
        <li key={status} className={BAD.has(status) && stats.value[status] > 0 ? "bad" : ""}>
          <a href={hashOf([], { status })}>
            <b>{countText(stats.value[status])}</b> {status}
          </a>
        </li>
      ))}
      <li>
        <b>{countText(tokenUsage.total)}</b> tokens
      </li>
      <li>
        <b>{costText(costUsd)}</b>
      </li>
    </ul>
  );
}
