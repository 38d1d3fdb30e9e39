import type { SessionEvent } from "session-protocol";
import { EventTime, timesApart } from "../event/event-time.js";
import { CopyButton } from "../ui/copy-button.js";

interface RawProps {
  readonly seq: number;
  /** Undefined while it is loaded. */
  readonly event: SessionEvent | undefined;
  readonly failure: Error | undefined;
  readonly close: () => void;
}

/** One event as it is stored. */
export function RawEvent({ seq, event, failure, close }: RawProps) {
  const apart = event && timesApart(event);
  const text = event === undefined ? "" : JSON.stringify(event, null, 2);
  return (
    <section className="raw-event" aria-label={`Event ${seq}`}>
      <div className="bar tight">
        <h3>Event {seq}</h3>
        <CopyButton words="Copy" label={`Copy event ${seq}`} read={() => text} />
        <CopyButton words="Copy link" label={`Copy link to event ${seq}`} read={() => linkTo(seq)} />
        <button type="button" onClick={close}>
          Close
        </button>
      </div>
      {failure !== undefined && <p className="failure">{failure.message}</p>}
      {apart !== undefined && (
        <p className="note">
          Happened at <EventTime event={event as SessionEvent} />, {apart}.
        </p>
      )}
      {/* Escapes stand for whatever could hide in text: this is for looking at the bytes. */}
      <pre className="raw" tabIndex={0}>
        {event === undefined ? "…" : escaped(text)}
      </pre>
    </section>
  );
}

/** An address that opens the session at this event, whatever it is that is looked at now. */
function linkTo(seq: number): string {
  const { origin, pathname, hash } = window.location;
  return `${origin}${pathname}${hash.split("?", 1)[0] ?? ""}?seq=${seq}`;
}

const SHOWN_CHARS = 200_000;

function escaped(text: string): string {
  return text
    .slice(0, SHOWN_CHARS)
    .replace(
      /[^\n\x20-\x7e\u00a0-\u024f]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
}
