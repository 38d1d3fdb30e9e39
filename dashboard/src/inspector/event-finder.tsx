import type { z } from "zod";
import type { SearchHit } from "session-protocol";
import { useService } from "../app/service-context.js";
import { useLoad } from "../app/use-load.js";
import { adjust, usePlace } from "../app/use-place.js";
import { Snippet } from "../search/snippet.js";
import { fieldOf } from "../ui/field.js";

interface FinderProps {
  readonly sessionId: string;
  readonly chosen: number | undefined;
  readonly goTo: (seq: number) => void;
}

const SHOWN_HITS = 50;

/** Events of one session that hold the words. What is looked for stands in the address. */
export function EventFinder({ sessionId, chosen, goTo }: FinderProps) {
  const { find = "" } = usePlace().query;
  return (
    <>
      <form
        className="bar"
        role="search"
        aria-label="This session"
        onSubmit={(event) => {
          event.preventDefault();
          adjust({ find: fieldOf(event.currentTarget, "find") });
        }}
      >
        <input
          key={find}
          name="find"
          type="search"
          defaultValue={find}
          placeholder="Find in this session"
          aria-label="Find in this session"
        />
        <button type="submit">Find</button>
      </form>
      {find !== "" && <Hits sessionId={sessionId} find={find} chosen={chosen} goTo={goTo} />}
    </>
  );
}

function Hits({ sessionId, find, chosen, goTo }: FinderProps & { readonly find: string }) {
  const service = useService();
  const [found] = useLoad(`${sessionId} ${find}`, (signal) =>
    service.search({ sessionId, q: find, limit: SHOWN_HITS }, signal),
  );
  if (found.kind === "failed") return <p className="failure">{found.error.message}</p>;
  if (found.kind === "loading") return <p className="note">Searching…</p>;
  const { hits, nextCursor } = found.value;
  if (hits.length === 0) return <p className="note">Nothing holds these words.</p>;
  return (
    <ol className="found" aria-label="Hits">
      {hits.map((hit) => (
        <HitLine key={hit.seq} hit={hit} isChosen={hit.seq === chosen} goTo={goTo} />
      ))}
      {nextCursor !== null && <li className="note">and more; the newest {SHOWN_HITS} are shown</li>}
    </ol>
  );
}

interface LineProps {
  readonly hit: z.infer<typeof SearchHit>;
  readonly isChosen: boolean;
  readonly goTo: (seq: number) => void;
}

function HitLine({ hit: { seq, type, snippet }, isChosen, goTo }: LineProps) {
  return (
    <li>
      <button
        type="button"
        className="more"
        aria-current={isChosen || undefined}
        onClick={() => {
          goTo(seq);
        }}
      >
        {seq} {type}
      </button>
      <Snippet text={snippet} />
    </li>
  );
}
