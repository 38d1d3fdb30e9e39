import { adjust, usePlace } from "../app/use-place.js";
import { visibleText } from "../ui/format.js";
import { LANE_HEIGHT } from "./lane-height.js";
import type { LaneRow } from "./lanes.js";

/** The agents beside their lanes. Choosing one shows its events alone, choosing it again those of all. */
export function LaneNames({ rows }: { readonly rows: readonly LaneRow[] }) {
  const { agentId: chosen } = usePlace().query;
  return (
    <ol className="lane-names" aria-label="Agents">
      {rows.map(({ lane: { agentId, label, failed }, depth }) => (
        <li key={agentId} style={{ paddingLeft: `${depth * 0.8}rem`, height: LANE_HEIGHT }}>
          {agentId === "" ? (
            <span>{label}</span>
          ) : (
            <button
              type="button"
              aria-pressed={agentId === chosen}
              className={failed ? "bad" : ""}
              title={`Only what ${visibleText(agentId)} did`}
              onClick={() => {
                adjust({ agentId: agentId === chosen ? undefined : agentId });
              }}
            >
              {visibleText(label)}
            </button>
          )}
        </li>
      ))}
    </ol>
  );
}
