import { useEffect, useState } from "react";
import type { Virtualizer } from "@tanstack/react-virtual";
import type { Position } from "./use-position.js";
import type { Selection } from "./use-selection.js";

/** Nearer to the end than this counts as being there. */
const END_PIXELS = 60;
/** Heights that are kept while the end is followed: of rows that have gone by, an estimate is enough. */
const MAX_HEIGHTS = 5_000;

/** Goes to the position when that changes, and keeps to the end while it is followed. */
export function useScrolling(
  scroller: React.RefObject<HTMLDivElement | null>,
  virtual: Virtualizer<HTMLDivElement, Element>,
  selection: Selection,
  { seq }: Position,
): boolean {
  const [isAtEnd, setAtEnd] = useState(true);
  const follows = seq === undefined && isAtEnd;
  const { count } = selection;
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return;
    const scrolled = (): void => {
      setAtEnd(element.scrollHeight - element.scrollTop - element.clientHeight < END_PIXELS);
    };
    element.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      element.removeEventListener("scroll", scrolled);
    };
  }, [scroller]);
  useEffect(() => {
    if (seq !== undefined && count > 0) virtual.scrollToIndex(selection.indexOf(seq), { align: "center" });
    // Only a new position moves the view, not what arrives.
  }, [seq, selection.key, count > 0]);
  const height = virtual.getTotalSize();
  useEffect(() => {
    if (!follows || count === 0) return;
    forgetHeights(virtual.itemSizeCache);
    virtual.scrollToIndex(count - 1, { align: "end" });
  }, [follows, count, height]);
  return isAtEnd;
}

/** Only what was measured last can be in sight at the end. */
function forgetHeights(heights: Map<unknown, number>): void {
  for (const oldest of heights.keys()) {
    if (heights.size <= MAX_HEIGHTS) return;
    heights.delete(oldest);
  }
}
