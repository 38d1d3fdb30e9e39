import { memo } from "react";
import type { SessionEvent } from "session-protocol";
import { adjust } from "../app/use-place.js";
import { readEvent } from "../session/mark.js";
import { visibleText } from "../ui/format.js";
import { EventBody } from "./event-body.js";
import { EventTime } from "./event-time.js";
import { RequestHead, type RequestPart } from "./request-head.js";

interface RowProps {
  readonly seq: number;
  /** Undefined while it is loaded. */
  readonly event: SessionEvent | undefined;
  /** Whose it is, where that is to be said. */
  readonly owner: string | undefined;
  readonly failure: Error | undefined;
  readonly isChosen: boolean;
  readonly place: number;
  readonly total: number;
  /** Which part of a request it is, if any. */
  readonly part: RequestPart | undefined;
  readonly onFold: (requestSeq: number) => void;
}

/** One event of a transcript. Whose it is stands where that changes. */
export const EventRow = memo(function EventRow(props: RowProps) {
  const { seq, event, owner, failure, isChosen, place, total, part, onFold } = props;
  const failed = event !== undefined && readEvent(event).mark.failed;
  return (
    <article
      className={classesOf(event, part, isChosen, failed)}
      aria-posinset={place}
      aria-setsize={total}
      aria-label={`Event ${seq}${event === undefined ? "" : `, ${event.type}`}`}
      aria-current={isChosen || undefined}
    >
      {owner !== undefined && <p className="owner">{visibleText(owner)}</p>}
      <div className="line">
        <SeqLink seq={seq} />
        <div className="content">
          <RequestHead part={part} event={event} onFold={onFold} />
          {event === undefined ? (
            <Absent failure={failure} />
          ) : (
            <EventBody event={event} isOpen={isChosen || failed} />
          )}
        </div>
        {event !== undefined && <EventTime event={event} />}
      </div>
    </article>
  );
}, areSame);

/** The part is made anew with every change of the session. */
function areSame({ part, ...own }: RowProps, { part: otherPart, ...others }: RowProps): boolean {
  const names = Object.keys(own) as (keyof typeof own)[];
  return (
    JSON.stringify(part) === JSON.stringify(otherPart) && names.every((name) => own[name] === others[name])
  );
}

function classesOf(
  event: SessionEvent | undefined,
  part: RequestPart | undefined,
  isChosen: boolean,
  failed: boolean,
): string {
  const classes = ["event", `event-${event?.type ?? "loading"}`];
  if (isChosen) classes.push("chosen");
  if (failed) classes.push("failed");
  if (part !== undefined) classes.push(part.head === undefined ? "in-request" : "request-start");
  if (part?.head?.isFolded === true) classes.push("folded");
  return classes.join(" ");
}

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
