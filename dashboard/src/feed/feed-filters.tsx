import { ClearFilters } from "../app/clear-filters.js";
import { adjust, usePlace } from "../app/use-place.js";
import { EVENT_TYPES } from "../event/event-types.js";
import { Choice } from "../ui/choice.js";
import { TextChoice } from "../ui/text-choice.js";
import type { FeedFilters } from "./feed.js";
import type { Owners } from "./owners.js";

type Values = Readonly<Record<string, string>>;

const NAMES = ["session", "user", "agent", "type", "failures"] as const;
const MAX_SUGGESTED = 200;

/** What an address lets through. */
export function filtersOf({ type, session, user, agent, failures }: Values, owners: Owners): FeedFilters {
  return {
    type,
    sessionId: session,
    agentId: agent,
    isLet: user === undefined ? undefined : (sessionId) => owners.of(sessionId) === user,
    failuresOnly: failures === "1",
  };
}

interface BarProps {
  readonly owners: Owners;
  /** Agents of what is shown. */
  readonly agents: readonly string[];
}

export function FeedFiltersBar({ owners, agents }: BarProps) {
  const { query } = usePlace();
  const { session = "", user = "", agent = "", type, failures } = query;
  return (
    <form
      className="filters"
      onSubmit={(event) => {
        event.preventDefault();
      }}
    >
      <TextChoice name="session" words="Session" value={session} among={suggested(owners.sessions)} />
      <TextChoice name="user" words="User" value={user} among={suggested(owners.users)} />
      <TextChoice name="agent" words="Agent" value={agent} among={suggested(agents)} />
      <Choice name="type" words="Type" value={type} among={EVENT_TYPES} />
      <label>
        <input
          type="checkbox"
          checked={failures === "1"}
          onChange={(event) => {
            adjust({ failures: event.target.checked ? 1 : undefined });
          }}
        />{" "}
        Failures only
      </label>
      <ClearFilters names={NAMES} />
    </form>
  );
}

function suggested(values: readonly string[]): readonly string[] {
  return values.slice(0, MAX_SUGGESTED);
}
