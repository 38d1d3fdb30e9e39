import { useEffect, useMemo, useState } from "react";
import { useService } from "../app/service-context.js";
import { usePlace } from "../app/use-place.js";
import { indexAtOrBefore } from "./sorted-seqs.js";

/** The events a transcript shows: all of a session, or those that filters let through. */
export interface Selection {
  /** Another selection has another key. */
  readonly key: string;
  readonly count: number;
  readonly isLoading: boolean;
  readonly isFiltered: boolean;
  seqAt(index: number): number;
  /** Of that event, or of the last one before it that is selected. */
  indexOf(seq: number): number;
}

const EVERYTHING = "";

/** Filters stand in the address: `type`, `agentId` and `runId`, as the service takes them. */
export function useSelection(sessionId: string, lastSeq: number): Selection {
  const service = useService();
  const { type, agentId, runId } = usePlace().query;
  const filters = useMemo(() => ({ type, agentId, runId }), [type, agentId, runId]);
  const key = [type, agentId, runId].every((each) => each === undefined)
    ? EVERYTHING
    : JSON.stringify(filters);
  const [found, setFound] = useState<{ key: string; upTo: number; seqs: number[]; isWhole: boolean }>();
  const known = found?.key === key ? found : undefined;
  // What came since is asked for once more when it has come to rest for a while.
  const isStale = key !== EVERYTHING && (known === undefined || (known.isWhole && known.upTo < lastSeq));
  useEffect(() => {
    if (!isStale) return;
    const controller = new AbortController();
    const seqs = [...(known?.seqs ?? [])];
    const after = known?.upTo ?? 0;
    const read = async (): Promise<void> => {
      for await (const some of service.seqs(sessionId, { ...filters, after }, controller.signal)) {
        seqs.push(...some);
        if (known === undefined) setFound({ key, upTo: 0, seqs, isWhole: false });
      }
      setFound({ key, upTo: Math.max(lastSeq, seqs.at(-1) ?? 0), seqs, isWhole: true });
    };
    const timer = window.setTimeout(() => void read().catch(() => undefined), known === undefined ? 0 : 500);
    return () => {
      window.clearTimeout(timer);
      if (known !== undefined) controller.abort();
    };
  }, [isStale, key]);
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
    isFiltered: false,
    seqAt: (index) => index + 1,
    indexOf: (seq) => seq - 1,
  };
}

function some(key: string, seqs: readonly number[], isLoading: boolean): Selection {
  return {
    key,
    count: seqs.length,
    isLoading,
    isFiltered: true,
    seqAt: (index) => seqs[index] ?? 0,
    indexOf: (seq) => Math.max(0, indexAtOrBefore(seqs, seq)),
  };
}
