/** Index of `seq` among ascending numbers, or of the last one before it; -1 where there is none. */
export function indexAtOrBefore(seqs: readonly number[], seq: number): number {
  let low = 0;
  let high = seqs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((seqs[middle] as number) <= seq) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
