import type { Requests } from "./requests.js";

/** The order in which a transcript shows events: each request's together, where the first of them happened. */
export interface GroupedOrder {
  /** By place. */
  readonly seqs: readonly number[];
  /** Of that event, or of the head of the folded request it is in. */
  readonly placeOf: (seq: number) => number;
}

/**
 * `shown` are the seqs of a part, ascending; undefined: all up to `lastSeq`. Of folded requests only the first is
 * left, and steps whose action is there are left out.
 */
export function groupedOrder(
  lastSeq: number,
  shown: readonly number[] | undefined,
  requests: Pick<Requests, "of" | "toldBy">,
  isFolded: (requestSeq: number) => boolean,
): GroupedOrder {
  // As a session goes on this is done for all of its events many times a second: numbers, not objects.
  const places = new Int32Array(lastSeq + 1).fill(shown === undefined ? ABSENT : HIDDEN);
  for (const seq of shown ?? []) places[seq] = ABSENT;
  const isTold = (seq: number): boolean => {
    const action = requests.toldBy(seq);
    return action !== undefined && places[action] !== HIDDEN;
  };
  const order: number[] = [];
  const putFamily = (family: readonly number[], isHidden: boolean): void => {
    const at = order.length;
    for (const seq of family) {
      if (places[seq] !== ABSENT || isTold(seq)) continue;
      if (!isHidden || order.length === at) order.push(seq);
      places[seq] = order.length - 1;
    }
  };
  for (let seq = 1; seq <= lastSeq; seq += 1) {
    if (places[seq] !== ABSENT || isTold(seq)) continue;
    const request = requests.of(seq);
    if (request === undefined) putFamily([seq], false);
    else putFamily([request.seq, ...request.members], isFolded(request.seq));
  }
  const placeOf = (seq: number): number => {
    const at = Math.min(seq, lastSeq);
    return Math.max(0, places[isTold(at) ? (requests.toldBy(at) ?? at) : at] ?? 0);
  };
  return { seqs: order, placeOf };
}

/** Not put yet. */
const ABSENT = -1;
/** Not among those to be shown. */
const HIDDEN = -2;
