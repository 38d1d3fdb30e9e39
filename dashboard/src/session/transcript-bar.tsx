import { adjust, usePlace } from "../app/use-place.js";
import { EVENT_TYPES } from "../event/event-types.js";
import { Choice } from "../ui/choice.js";
import { countText } from "../ui/format.js";
import type { Lanes } from "./lanes.js";
import type { Folding } from "./use-grouping.js";
import type { Position } from "./use-position.js";
import type { Selection } from "./use-selection.js";

interface BarProps {
  readonly selection: Selection;
  readonly position: Position;
  readonly lanes: Lanes;
  readonly isAtEnd: boolean;
  readonly folding: Folding;
}

export function TranscriptBar({ selection, position, lanes, isAtEnd, folding }: BarProps) {
  const { query } = usePlace();
  const agents = lanes.rows().flatMap(({ lane }) => (lane.agentId === "" ? [] : [lane.agentId]));
  return (
    <div className="bar transcript-bar">
      <Choice name="type" words="Events" value={query.type} among={EVENT_TYPES} />
      <Choice name="agentId" words="Agent" value={query.agentId} among={agents} />
      {query.runId !== undefined && (
        <button
          type="button"
          onClick={() => {
            adjust({ runId: undefined });
          }}
        >
          run {query.runId} ×
        </button>
      )}
      <span className="note">
        {countText(selection.count)} events{selection.isLoading ? ", reading…" : ""}
      </span>
      {selection.isGrouped && lanes.requests.count > 0 && (
        <button type="button" aria-pressed={folding.isAllFolded} onClick={folding.toggleAll}>
          Fold requests
        </button>
      )}
      <button
        type="button"
        onClick={() => {
          if (selection.count > 0) position.goTo(selection.seqAt(0));
        }}
      >
        Start
      </button>
      <button type="button" onClick={position.follow} aria-pressed={position.seq === undefined && isAtEnd}>
        Follow the end
      </button>
    </div>
  );
}
