import { useEffect, useState } from "react";
import type { EventFilters } from "../api/service.js";
import { useService } from "../app/service-context.js";

/** What filters let through, as far as it was read. */
export interface Found {
  readonly key: string;
  /** Events up to this one were looked at. */
  readonly upTo: number;
  readonly seqs: readonly number[];
  readonly isWhole: boolean;
}

/** What lets everything through. */
export const EVERYTHING = "";

export function keyOf(filters: EventFilters): string {
  return Object.values(filters).every((each) => each === undefined || each === "")
    ? EVERYTHING
    : JSON.stringify(filters);
}

/** How long what came since rests before it is asked for. */
const REFRESH_MS = 500;

/** The seqs of the events that filters let through. `key` is theirs; nothing is read where it is `EVERYTHING`. */
export function useFiltered(
  sessionId: string,
  lastSeq: number,
  key: string,
  filters: EventFilters,
): Found | undefined {
  const service = useService();
  const [found, setFound] = useState<Found>();
  const known = found?.key === key ? found : undefined;
  // What could not be read is asked for again like what came since.
  const start = (before: Found | undefined, controller: AbortController): void => {
    const pieces = service.seqs(sessionId, filters, before?.upTo ?? 0, controller.signal);
    read(pieces, before ?? { key, upTo: 0, seqs: [], isWhole: false }, lastSeq, setFound).catch(() => {
      if (!controller.signal.aborted) setFound({ key, upTo: 0, seqs: [], isWhole: true, ...before });
    });
  };
  useEffect(() => {
    if (key === EVERYTHING) return;
    const controller = new AbortController();
    start(undefined, controller);
    return () => {
      controller.abort();
    };
  }, [service, sessionId, key]);
  const isStale = known?.isWhole === true && known.upTo < lastSeq;
  useEffect(() => {
    if (!isStale) return;
    const controller = new AbortController();
    const timer = window.setTimeout(start, REFRESH_MS, known, controller);
    return () => {
      window.clearTimeout(timer);
      controller.abort();
    };
    // Not with every event that comes: a new answer, if there are newer events by then, asks again.
  }, [isStale, known]);
  return known;
}

/** Tells what there is as it comes; where something was known before, only once all of it is there. */
async function read(
  pieces: AsyncIterable<readonly number[]>,
  before: Found,
  lastSeq: number,
  tell: (found: Found) => void,
): Promise<void> {
  const seqs = [...before.seqs];
  for await (const some of pieces) {
    seqs.push(...some);
    if (!before.isWhole) tell({ ...before, seqs });
  }
  tell({ ...before, upTo: Math.max(lastSeq, seqs.at(-1) ?? 0), seqs, isWhole: true });
}
