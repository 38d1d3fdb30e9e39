import type { EventFilters } from "../api/service.js";
import { adjust } from "../app/use-place.js";
import { EVENT_TYPES } from "../event/event-types.js";
import type { Lanes } from "../session/lanes.js";
import { Choice } from "../ui/choice.js";
import { fieldOf } from "../ui/field.js";

interface BarProps {
  readonly filters: EventFilters;
  readonly lanes: Lanes;
}

/** More are named by an address. */
const MAX_CHOICES = 200;

/** Type, agent and run are those of the transcript as well. All stand in the address. */
export function EventFilterBar({ filters: { type, agentId, runId, text = "" }, lanes }: BarProps) {
  const rows = lanes.rows();
  const agents = rows.flatMap(({ lane }) => (lane.agentId === "" ? [] : [lane.agentId]));
  const runs = rows.flatMap(({ lane }) => lane.runs.map((run) => run.runId));
  return (
    <form
      role="search"
      aria-label="Events of this session"
      onSubmit={(event) => {
        event.preventDefault();
        adjust({ find: fieldOf(event.currentTarget, "find") });
      }}
    >
      <input
        key={text}
        name="find"
        type="search"
        defaultValue={text}
        placeholder="Text in events"
        aria-label="Text in events"
        onChange={(event) => {
          // The cross of the field empties it at once.
          if (event.target.value === "") adjust({ find: undefined });
        }}
      />
      <button type="submit">Find</button>
      <Choice name="type" words="Type" value={type} among={EVENT_TYPES} />
      <Choice name="agentId" words="Agent" value={agentId} among={agents.slice(0, MAX_CHOICES)} />
      {runs.length > 0 && (
        <Choice name="runId" words="Run" value={runId} among={runs.slice(0, MAX_CHOICES)} />
      )}
    </form>
  );
}
