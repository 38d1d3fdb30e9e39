import { useId } from "react";
import { SESSION_STATUSES } from "./statuses.js";
import type { Metadata } from "session-protocol";
import { adjust, usePlace } from "../app/use-place.js";
import { localTime } from "../ui/format.js";
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

/** `sessions` are those there are to choose among; users, tags and agents are suggested from them. */
export function Filters({ sessions }: { readonly sessions: readonly Metadata[] }) {
  const { query } = usePlace();
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
      <TextFilter name="userId" words="User" value={query.userId ?? ""} among={users} />
      <TextFilter name="tag" words="Tag" value={query.tag ?? ""} among={tags} />
      <TextFilter name="agentId" words="Agent" value={query.agentId ?? ""} among={agents} />
      <TextFilter name="q" words="Name or id" value={query.q ?? ""} among={[]} />
      <TimeFilter name="since" words="Active since" value={query.since ?? ""} />
      <TimeFilter name="until" words="Until" value={query.until ?? ""} />
    </form>
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

interface TextFilterProps {
  readonly name: string;
  readonly words: string;
  readonly value: string;
  readonly among: readonly string[];
}

function TextFilter({ name, words, value, among }: TextFilterProps) {
  const list = useId();
  return (
    <label>
      {words}
      <input
        key={value}
        list={list}
        defaultValue={value}
        onChange={(event) => {
          // A suggestion that was chosen counts at once, typed text when it is done.
          if (among.includes(event.target.value) || event.target.value === "")
            adjust({ [name]: event.target.value });
        }}
        onBlur={(event) => {
          if (event.target.value !== value) adjust({ [name]: event.target.value });
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter") adjust({ [name]: event.currentTarget.value });
        }}
      />
      <datalist id={list}>
        {among.map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
    </label>
  );
}
