import { useEffect, useMemo, useState } from "react";
import { useService } from "../app/service-context.js";
import { usePlace } from "../app/use-place.js";
import { groupedOrder } from "./grouped-order.js";
import type { Requests } from "./requests.js";
import { indexAtOrBefore, itself } from "./sorted-seqs.js";

/** The events a transcript shows: all of a session, or those that filters let through. */
export interface Selection {
  /** Another selection has another key. */
  readonly key: string;
  readonly count: number;
  readonly isLoading: boolean;
  /** Whether events stand by request rather than as they were stored. */
  readonly isGrouped: boolean;
  seqAt(index: number): number;
  /** Of that event, or of the last one before it that is selected. */
  indexOf(seq: number): number;
}

/** How events are put together by request. A new one with every change. */
export interface Grouping {
  readonly requests: Pick<Requests, "of" | "toldBy">;
  readonly isFolded: (requestSeq: number) => boolean;
}

const EVERYTHING = "";

/** Filters stand in the address: `type`, `agentId` and `runId`, as the service takes them. */
export function useSelection(sessionId: string, lastSeq: number, grouping: Grouping | undefined): Selection {
  const { type, agentId, runId } = usePlace().query;
  const filters = useMemo(() => ({ type, agentId, runId }), [type, agentId, runId]);
  const key = [type, agentId, runId].every((each) => each === undefined)
    ? EVERYTHING
    : JSON.stringify(filters);
  const known = useFiltered(sessionId, lastSeq, key, filters);
  return useMemo(() => {
    const seqs = key === EVERYTHING ? undefined : (known?.seqs ?? []);
    const isLoading = key !== EVERYTHING && known?.isWhole !== true;
    if (grouping !== undefined && type === undefined) return grouped(key, lastSeq, seqs, isLoading, grouping);
    return seqs === undefined ? everything(lastSeq) : some(key, seqs, isLoading);
  }, [key, type, lastSeq, known, grouping]);
}

interface Found {
  readonly key: string;
  /** Events up to this one were looked at. */
  readonly upTo: number;
  readonly seqs: readonly number[];
  readonly isWhole: boolean;
}

type Filters = Readonly<Record<"type" | "agentId" | "runId", string | undefined>>;

/** How long what came since rests before it is asked for. */
const REFRESH_MS = 500;

/** What the filters let through, as far as it was read. */
function useFiltered(sessionId: string, lastSeq: number, key: string, filters: Filters): Found | undefined {
  const service = useService();
  const [found, setFound] = useState<Found>();
  const known = found?.key === key ? found : undefined;
  const read = async (before: Found | undefined, signal: AbortSignal): Promise<void> => {
    const seqs = [...(before?.seqs ?? [])];
    for await (const some of service.seqs(sessionId, { ...filters, after: before?.upTo ?? 0 }, signal)) {
      seqs.push(...some);
      if (before === undefined) setFound({ key, upTo: 0, seqs, isWhole: false });
    }
    setFound({ key, upTo: Math.max(lastSeq, seqs.at(-1) ?? 0), seqs, isWhole: true });
  };
  // What could not be read is asked for again like what came since.
  const start = (before: Found | undefined, controller: AbortController): void => {
    read(before, controller.signal).catch(() => {
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

function everything(lastSeq: number): Selection {
  return {
    key: EVERYTHING,
    count: lastSeq,
    isLoading: false,
    isGrouped: false,
    seqAt: (index) => index + 1,
    indexOf: (seq) => seq - 1,
  };
}

function some(key: string, seqs: readonly number[], isLoading: boolean): Selection {
  return {
    key,
    count: seqs.length,
    isLoading,
    isGrouped: false,
    seqAt: (index) => seqs[index] ?? 0,
    indexOf: (seq) => Math.max(0, indexAtOrBefore(seqs, seq, itself)),
  };
}

function grouped(
  key: string,
  lastSeq: number,
  shown: readonly number[] | undefined,
  isLoading: boolean,
  { requests, isFolded }: Grouping,
): Selection {
  const { seqs, placeOf } = groupedOrder(lastSeq, shown, requests, isFolded);
  const indexOf = (seq: number): number => placeOf(shown?.[indexAtOrBefore(shown, seq, itself)] ?? seq);
  const seqAt = (index: number): number => seqs[index] ?? 0;
  return { key: `by request ${key}`, count: seqs.length, isLoading, isGrouped: true, seqAt, indexOf };
}
