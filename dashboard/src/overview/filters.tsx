import { COLUMNS, nextOrder } from "./columns.js";
import { SESSION_STATUSES } from "./statuses.js";
import type { Metadata } from "session-protocol";
import { ClearFilters } from "../app/clear-filters.js";
import { useNarrow } from "../app/use-narrow.js";
import { adjust, usePlace } from "../app/use-place.js";
import { localTime } from "../ui/format.js";
import { TextChoice } from "../ui/text-choice.js";
import { agentNames } from "./figures.js";

type Values = Readonly<Record<string, string>>;

const NAMES = ["status", "userId", "tag", "agentId", "since", "until", "q"] as const;

/** The filters an address names, by the names of the service. */
export function filtersOf(query: Values): Values {
  return Object.fromEntries(
    NAMES.flatMap((name) => {
      const value = query[name];
      return value === undefined || value === "" ? [] : [[name, value]];
    }),
  );
}

interface FiltersProps {
  /** Those there are to choose among; users, tags and agents are suggested from them. */
  readonly sessions: readonly Metadata[];
  readonly areTables: boolean;
}

export function Filters({ sessions, areTables }: FiltersProps) {
  const { query } = usePlace();
  const isNarrow = useNarrow();
  const users = [...new Set(sessions.map(({ userId }) => userId))].slice(0, 200).sort();
  const tags = [...new Set(sessions.flatMap(({ tags: own }) => own))].slice(0, 200).sort();
  const agents = [...new Set(sessions.flatMap(agentNames))].slice(0, 200).sort();
  return (
    <form
      className="filters"
      onSubmit={(event) => {
        event.preventDefault();
      }}
    >
      <StatusFilter value={query.status ?? ""} />
      <TextChoice name="userId" words="User" value={query.userId ?? ""} among={users} />
      <TextChoice name="tag" words="Tag" value={query.tag ?? ""} among={tags} />
      <TextChoice name="agentId" words="Agent" value={query.agentId ?? ""} among={agents} />
      <TextChoice name="q" words="Name or id" value={query.q ?? ""} among={[]} />
      <TimeFilter name="since" words="Active since" value={query.since ?? ""} />
      <TimeFilter name="until" words="Until" value={query.until ?? ""} />
      {isNarrow && <OrderChoice value={query.order ?? ""} />}
      <Buttons areTables={areTables} />
    </form>
  );
}

function Buttons({ areTables }: { readonly areTables: boolean }) {
  return (
    <>
      <button
        type="button"
        aria-pressed={areTables}
        onClick={() => {
          adjust({ charts: areTables ? undefined : "tables" });
        }}
      >
        Charts as tables
      </button>
      <ClearFilters names={NAMES} />
    </>
  );
}

interface TimeFilterProps {
  readonly name: string;
  readonly words: string;
  /** A moment in UTC, or empty. */
  readonly value: string;
}

/** In the reader's own time; in the address in UTC, so that it says the same to whoever follows it. */
function TimeFilter({ name, words, value }: TimeFilterProps) {
  return (
    <label>
      {words}
      <input
        type="datetime-local"
        value={localTime(value)}
        onChange={({ target }) => {
          adjust({ [name]: target.value === "" ? undefined : new Date(target.value).toISOString() });
        }}
      />
    </label>
  );
}

/** Where the table's head has no room. */
function OrderChoice({ value }: { readonly value: string }) {
  return (
    <label>
      Order
      <select
        value={value}
        onChange={(event) => {
          adjust({ order: event.target.value });
        }}
      >
        <option value="">newest first</option>
        {COLUMNS.filter((column) => column.value !== undefined).map((column) => {
          const order = nextOrder(column, undefined);
          return (
            <option key={order} value={order}>
              {column.title}
              {order?.startsWith("-") === true ? ", most first" : ""}
            </option>
          );
        })}
      </select>
    </label>
  );
}

function StatusFilter({ value }: { readonly value: string }) {
  return (
    <label>
      Status
      <select
        value={value}
        onChange={(event) => {
          adjust({ status: event.target.value });
        }}
      >
        <option value="">any</option>
        {SESSION_STATUSES.map((status) => (
          <option key={status}>{status}</option>
        ))}
      </select>
    </label>
  );
}
