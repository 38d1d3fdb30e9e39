import { memo } from "react";
import type { SessionEvent } from "session-protocol";
import { adjust } from "../app/use-place.js";
import { readEvent } from "../session/mark.js";
import { clockText, visibleText } from "../ui/format.js";
import { EventBody } from "./event-body.js";

interface RowProps {
  readonly seq: number;
  /** Undefined while it is loaded. */
  readonly event: SessionEvent | undefined;
  readonly before: SessionEvent | undefined;
  readonly failure: Error | undefined;
  readonly isChosen: boolean;
  readonly place: number;
  readonly total: number;
}

/** One event of a transcript. Whose it is stands where that changes. */
export const EventRow = memo(function EventRow(props: RowProps) {
  const { seq, event, before, failure, isChosen, place, total } = props;
  const failed = event !== undefined && readEvent(event).mark.failed;
  const owner = event && ownerOf(event);
  const marks = [isChosen ? "chosen" : "", failed ? "failed" : ""].join(" ");
  return (
    <article
      className={`event event-${event?.type ?? "loading"} ${marks}`}
      aria-posinset={place}
      aria-setsize={total}
      aria-label={`Event ${seq}${event === undefined ? "" : `, ${event.type}`}`}
      aria-current={isChosen || undefined}
    >
      {owner !== undefined && owner !== (before && ownerOf(before)) && (
        <p className="owner">{visibleText(owner)}</p>
      )}
      <div className="line">
        <SeqLink seq={seq} />
        <div className="content">
          {event === undefined ? (
            <Absent failure={failure} />
          ) : (
            <EventBody event={event} isOpen={isChosen || failed} />
          )}
        </div>
        {event !== undefined && (
          <time dateTime={event.timestamp} title={event.timestamp}>
            {clockText(event.timestamp)}
          </time>
        )}
      </div>
    </article>
  );
});

function SeqLink({ seq }: { readonly seq: number }) {
  return (
    <button
      type="button"
      className="seq"
      title="Link to this event"
      onClick={() => {
        adjust({ seq });
      }}
    >
      {seq}
    </button>
  );
}

function Absent({ failure }: { readonly failure: Error | undefined }) {
  return failure === undefined ? (
    <span className="note">…</span>
  ) : (
    <span className="failure">{failure.message}</span>
  );
}

function ownerOf({ data }: SessionEvent): string | undefined {
  const { agentId, runId } = data;
  if (typeof agentId !== "string") return undefined;
  return typeof runId === "string" ? `${agentId} · run ${runId}` : agentId;
}
