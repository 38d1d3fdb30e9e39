/** Index of the item with `seq` among ascending ones, or of the last one before it; -1 where there is none. */
export function indexAtOrBefore<T>(items: readonly T[], seq: number, seqOf: (item: T) => number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (seqOf(items[middle] as T) <= seq) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** For numbers that are seqs themselves. */
export const itself = (seq: number): number => seq;
