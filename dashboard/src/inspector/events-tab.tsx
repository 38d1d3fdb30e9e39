import { useState } from "react";
import { useService } from "../app/service-context.js";
import { EventFinder } from "./event-finder.js";
import type { TabProps } from "./tab-props.js";

/** The event that is looked at, as it is stored; ways to others, and the whole log to take away. */
export default function EventsTab({ sessionId, loaded, position }: TabProps) {
  const service = useService();
  const { log } = loaded;
  const seq = position.seq ?? log.lastSeq;
  const event = log.event(seq);
  const text = event === undefined ? "" : JSON.stringify(event, null, 2);
  return (
    <>
      <EventFinder sessionId={sessionId} goTo={position.goTo} chosen={position.seq} />
      <p className="bar">
        <a href={service.exportAddress(sessionId).href} download={`${sessionId}.ndjson`}>
          Download all as NDJSON
        </a>
        <Copy words={`Copy event ${seq}`} text={text} />
        <Copy words="Copy link" text={linkTo(seq)} />
      </p>
      {/* Escapes stand for whatever could hide in text: this is for looking at the bytes. */}
      <pre className="raw">{event === undefined ? "…" : escaped(text)}</pre>
    </>
  );
}

/** An address that opens the session at this event, whatever it is that is looked at now. */
function linkTo(seq: number): string {
  const { origin, pathname, hash } = window.location;
  return `${origin}${pathname}${hash.split("?", 1)[0] ?? ""}?seq=${seq}`;
}

function Copy({ words, text }: { readonly words: string; readonly text: string }) {
  const [copied, setCopied] = useState("");
  return (
    <>
      <button
        type="button"
        disabled={text === ""}
        onClick={() => {
          navigator.clipboard.writeText(text).then(
            () => {
              setCopied(text);
            },
            // Only pages that were fetched safely may: over plain HTTP from another machine there is no clipboard.
            () => {
              setCopied("");
            },
          );
        }}
      >
        {words}
      </button>
      <span role="status">{copied !== "" && copied === text ? "copied" : ""}</span>
    </>
  );
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
