import { useCallback, useMemo, useState } from "react";
import { adjust, usePlace } from "../app/use-place.js";
import type { Lanes } from "./lanes.js";
import { MAX_GROUPED } from "./requests.js";
import type { Grouping } from "./use-selection.js";

export interface Folding {
  /** Undefined: events are not put together. */
  readonly grouping: Grouping | undefined;
  readonly isAllFolded: boolean;
  readonly toggle: (requestSeq: number) => void;
  readonly toggleAll: () => void;
}

/** Events by request, of which some are folded: all or none by the address, others by the reader's choice. */
export function useGrouping(
  lanes: Lanes,
  version: number,
  isMapWhole: boolean,
  lastSeq: number,
  seq: number | undefined,
): Folding {
  const isAllFolded = usePlace().query.folded === "1";
  const [exceptions, setExceptions] = useState<ReadonlySet<number>>(new Set());
  const isGrouped = isMapWhole && lastSeq <= MAX_GROUPED;
  const grouping = useMemo(() => {
    if (!isGrouped) return undefined;
    const { requests } = lanes;
    // What is looked at is not folded away.
    const open = seq === undefined ? undefined : requests.of(seq);
    const isFolded = (requestSeq: number): boolean =>
      isAllFolded !== exceptions.has(requestSeq) && (requestSeq !== open?.seq || requestSeq === seq);
    return { requests, isFolded };
  }, [isGrouped, lanes, version, exceptions, isAllFolded, seq]);
  const toggle = useCallback((requestSeq: number) => {
    setExceptions((before) => {
      const after = new Set(before);
      if (!after.delete(requestSeq)) after.add(requestSeq);
      return after;
    });
  }, []);
  const toggleAll = useCallback(() => {
    setExceptions(new Set());
    adjust({ folded: isAllFolded ? undefined : 1 });
  }, [isAllFolded]);
  return { grouping, isAllFolded, toggle, toggleAll };
}
