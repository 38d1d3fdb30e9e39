import { useState } from "react";
import { useService } from "../app/service-context.js";
import type { TabProps } from "./tab-props.js";

/** The event that is looked at, as it is stored; the whole log to take away. */
export default function EventsTab({ sessionId, loaded, position }: TabProps) {
  const service = useService();
  const { log } = loaded;
  const seq = position.seq ?? log.lastSeq;
  const event = log.event(seq);
  const [isCopied, setCopied] = useState(false);
  const text = event === undefined ? "" : JSON.stringify(event, null, 2);
  return (
    <>
      <p className="bar">
        <a href={service.exportAddress(sessionId).href} download={`${sessionId}.ndjson`}>
          Download all as NDJSON
        </a>
        <button
          type="button"
          disabled={event === undefined}
          onClick={() => {
            void navigator.clipboard.writeText(text).then(() => {
              setCopied(true);
            });
          }}
        >
          Copy event {seq}
        </button>
        <span role="status">{isCopied ? "copied" : ""}</span>
      </p>
      {/* Escapes stand for whatever could hide in text: this is for looking at the bytes. */}
      <pre className="raw">{event === undefined ? "…" : escaped(text)}</pre>
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
