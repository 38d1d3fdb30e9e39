import { useEffect, useRef, useState } from "react";
import type { EventFilters } from "../api/service.js";
import { useService } from "../app/service-context.js";
import type { Selection } from "../session/use-selection.js";
import { CopyButton } from "../ui/copy-button.js";
import { countText } from "../ui/format.js";
import { copyOf, fileOf } from "./taken-events.js";

interface TakeProps {
  readonly sessionId: string;
  readonly filters: EventFilters;
  readonly selection: Selection;
}

/** How many events the filters let through, and ways to take them away as NDJSON. */
export function TakeEvents({ sessionId, filters, selection: { count, isLoading } }: TakeProps) {
  const service = useService();
  const lines = (signal: AbortSignal) => service.storedLines(sessionId, filters, 0, signal);
  return (
    <>
      <span className="note" role="status">
        {countText(count)} {count === 1 ? "event" : "events"}
        {isLoading ? ", reading…" : ""}
      </span>
      <CopyButton
        words="Copy"
        label="Copy these events as NDJSON"
        read={() => copyOf(lines(new AbortController().signal))}
      />
      <Download name={`${sessionId}.ndjson`} lines={lines} />
    </>
  );
}

interface DownloadProps {
  readonly name: string;
  readonly lines: (signal: AbortSignal) => AsyncIterable<readonly string[]>;
}

/** Reads them anew: what is shown is only what is in sight. A second press stops it. */
function Download({ name, lines }: DownloadProps) {
  const [state, setState] = useState<string>();
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(), []);
  const start = async (): Promise<void> => {
    const controller = new AbortController();
    running.current = controller;
    setState("reading…");
    try {
      const file = await fileOf(lines(controller.signal), (count) => {
        setState(`${countText(count)} read…`);
      });
      save(file, name);
      setState(undefined);
    } catch (error) {
      setState(controller.signal.aborted ? undefined : (error as Error).message);
    }
    running.current = undefined;
  };
  const isRunning = state?.endsWith("…") === true;
  return (
    <span className="copying">
      <button
        type="button"
        aria-label={isRunning ? undefined : "Download these events as NDJSON"}
        onClick={() => {
          if (running.current === undefined) void start();
          else running.current.abort();
        }}
      >
        {isRunning ? "Stop" : "Download"}
      </button>
      <span role="status" className="note">
        {state}
      </span>
    </span>
  );
}

function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  window.setTimeout(() => {
    URL.revokeObjectURL(link.href);
  }, 60_000);
}
