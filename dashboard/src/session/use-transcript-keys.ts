import { useKeys } from "../app/keys.js";
import type { Lanes } from "./lanes.js";
import type { Position } from "./use-position.js";
import type { Selection } from "./use-selection.js";

/** Keys that go from event to event, and from failure to failure. */
export function useTranscriptKeys(selection: Selection, position: Position, lanes: Lanes): void {
  const at = position.seq === undefined ? selection.count : selection.indexOf(position.seq);
  const go = (index: number): void => {
    if (index >= 0 && index < selection.count) position.goTo(selection.seqAt(index));
  };
  const failure = (step: 1 | -1): void => {
    const seq = lanes.failure(position.seq ?? Infinity, step);
    if (seq !== undefined) position.goTo(seq);
  };
  useKeys({
    j: () => {
      go(at + 1);
    },
    k: () => {
      go(at - 1);
    },
    "0": () => {
      go(0);
    },
    $: () => {
      go(selection.count - 1);
    },
    f: position.follow,
    "[": () => {
      failure(-1);
    },
    "]": () => {
      failure(1);
    },
  });
}
