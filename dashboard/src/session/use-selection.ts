import { useMemo } from "react";
import type { EventFilters } from "../api/service.js";
import { usePlace } from "../app/use-place.js";
import { groupedOrder } from "./grouped-order.js";
import type { Requests } from "./requests.js";
import { indexAtOrBefore, itself } from "./sorted-seqs.js";
import { EVERYTHING, keyOf, useFiltered } from "./use-filtered.js";

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

/** Filters stand in the address: `type`, `agentId` and `runId`, as the service takes them. */
export function useSelection(sessionId: string, lastSeq: number, grouping: Grouping | undefined): Selection {
  const { type, agentId, runId } = usePlace().query;
  const filters = useMemo(() => ({ type, agentId, runId }), [type, agentId, runId]);
  const key = keyOf(filters);
  const known = useFiltered(sessionId, lastSeq, key, filters);
  return useMemo(() => {
    const seqs = key === EVERYTHING ? undefined : (known?.seqs ?? []);
    const isLoading = key !== EVERYTHING && known?.isWhole !== true;
    if (grouping !== undefined && type === undefined) return grouped(key, lastSeq, seqs, isLoading, grouping);
    return seqs === undefined ? everything(lastSeq) : some(key, seqs, isLoading);
  }, [key, type, lastSeq, known, grouping]);
}

/** Events as they were stored, of those that any filters let through. */
export function useStored(sessionId: string, lastSeq: number, filters: EventFilters): Selection {
  const key = keyOf(filters);
  const known = useFiltered(sessionId, lastSeq, key, filters);
  return useMemo(
    () => (key === EVERYTHING ? everything(lastSeq) : some(key, known?.seqs ?? [], known?.isWhole !== true)),
    [key, lastSeq, known],
  );
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
