import { useMemo } from "react";
import { adjust, usePlace } from "../app/use-place.js";

/** Which event is looked at; it stands in the address. */
export interface Position {
  /** Undefined: the end is followed. */
  readonly seq: number | undefined;
  readonly goTo: (seq: number) => void;
  readonly follow: () => void;
}

export function usePosition(lastSeq: number): Position {
  const { query } = usePlace();
  const named = Number(query.seq);
  const seq = Number.isInteger(named) && named >= 1 ? named : undefined;
  return useMemo(
    () => ({
      seq,
      goTo: (wanted) => {
        adjust({ seq: Math.min(Math.max(1, wanted), lastSeq) });
      },
      follow: () => {
        adjust({ seq: undefined });
      },
    }),
    [seq, lastSeq],
  );
}
