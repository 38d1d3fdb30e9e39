import { useState } from "react";
import type { z } from "zod";
import type { SearchHit } from "session-protocol";
import { useService } from "../app/service-context.js";
import { hashOf } from "../app/location.js";
import { useLoad } from "../app/use-load.js";
import { usePlace } from "../app/use-place.js";
import { useTitle } from "../app/use-title.js";
import { EVENT_TYPES } from "../event/event-types.js";
import { Choice } from "../ui/choice.js";
import { clockText, localTime, visibleText } from "../ui/format.js";
import { Snippet } from "./snippet.js";
import "../styles/feed.css";

type Hit = z.infer<typeof SearchHit>;

const PAGE = 50;

/** Everything agents did that holds the words, each hit a link to its event. */
export default function SearchView() {
  const { q = "", type } = usePlace().query;
  useTitle(q === "" ? "Search" : `${visibleText(q)} · Search`);
  const [{ hits, next, state, error }, more] = useHits(q, type);
  if (q === "")
    return <p className="note">Search for words that stand in prompts, answers, tool calls or results.</p>;
  if (error !== undefined) return <p className="failure">{error.message}</p>;
  if (state === "loading") return <p className="note">Searching…</p>;
  const title =
    hits.length === 0 ? "Nothing holds these words" : `${hits.length}${next === null ? "" : "+"} hits`;
  return (
    <section className="search" aria-label="Hits">
      <div className="bar">
        <h1>{title}</h1>
        <Choice name="type" words="Events" value={type} among={EVENT_TYPES} />
      </div>
      <ol className="hits">
        {hits.map((hit) => (
          <HitLine key={`${hit.sessionId} ${hit.seq}`} hit={hit} />
        ))}
      </ol>
      {next !== null && (
        <button type="button" onClick={more}>
          More
        </button>
      )}
    </section>
  );
}

interface Hits {
  readonly hits: readonly Hit[];
  readonly next: string | null;
  readonly state: "loading" | "loaded" | "failed";
  readonly error: Error | undefined;
}

function useHits(q: string, type: string | undefined): [Hits, () => void] {
  const service = useService();
  const key = JSON.stringify([q, type]);
  const [first] = useLoad(key, (signal) =>
    q === "" ? Promise.resolve(NOTHING) : service.search({ q, type, limit: PAGE }, signal),
  );
  const [later, setLater] = useState<{
    readonly key: string;
    readonly hits: Hit[];
    readonly next: string | null;
  }>();
  const page = first.kind === "loaded" ? first.value : NOTHING;
  const added = later?.key === key ? later : undefined;
  const next = added === undefined ? page.nextCursor : added.next;
  const more = (): void => {
    void service.search({ q, type, limit: PAGE, cursor: next ?? undefined }).then((found) => {
      setLater({ key, hits: [...(added?.hits ?? []), ...found.hits], next: found.nextCursor });
    });
  };
  const hits = [...page.hits, ...(added?.hits ?? [])];
  return [{ hits, next, state: first.kind, error: first.kind === "failed" ? first.error : undefined }, more];
}

const NOTHING = { hits: [], nextCursor: null };

function HitLine({ hit: { sessionId, seq, type, snippet, timestamp } }: { readonly hit: Hit }) {
  return (
    <li>
      <a href={hashOf(["session", sessionId], { seq })}>
        {visibleText(sessionId)} · {seq}
      </a>{" "}
      <span className="note">
        {type},{" "}
        <time
          dateTime={timestamp}
          title={timestamp}
        >{`${localTime(timestamp).slice(0, 10)} ${clockText(timestamp)}`}</time>
      </span>
      <Snippet text={snippet} />
    </li>
  );
}
