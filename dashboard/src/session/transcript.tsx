import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import { useKeys } from "../app/keys.js";
import { EventRow } from "../event/event-row.js";
import type { EventLog } from "./event-log.js";
import { TranscriptBar } from "./transcript-bar.js";
import { useSelection, type Selection } from "./use-selection.js";
import type { Loaded } from "./session-model.js";
import type { Position } from "./use-position.js";

interface TranscriptProps {
  readonly sessionId: string;
  readonly loaded: Loaded;
  readonly position: Position;
}

const ROW_ESTIMATE = 56;
/** Nearer to the end than this counts as being there. */
const END_PIXELS = 60;

/** What happened, an event a row; of any number of events those in sight are loaded. */
export function Transcript({ sessionId, loaded, position }: TranscriptProps) {
  const { log, lanes } = loaded;
  useSyncExternalStore(log.subscribe, log.version);
  const selection = useSelection(sessionId, log.lastSeq);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: selection.count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_ESTIMATE,
    overscan: 8,
    getItemKey: (index) => selection.seqAt(index),
  });
  const isAtEnd = useScrolling(scroller, virtual, selection, position);
  useTranscriptKeys(selection, position, lanes);
  return (
    <section className="transcript" aria-label="Transcript">
      <TranscriptBar selection={selection} position={position} lanes={lanes} isAtEnd={isAtEnd} />
      <div className="scroller" ref={scroller} tabIndex={0} role="feed" aria-label="Events">
        <div className="rows" style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map(({ index, start, key }) => (
            <div
              key={key}
              ref={virtual.measureElement}
              data-index={index}
              className="slot"
              style={{ transform: `translateY(${start}px)` }}
            >
              {row(log, selection, index, position.seq)}
            </div>
          ))}
        </div>
      </div>
    </section>
  );
}

function row(log: EventLog, selection: Selection, index: number, chosen: number | undefined) {
  const seq = selection.seqAt(index);
  return (
    <EventRow
      seq={seq}
      event={log.event(seq)}
      before={index === 0 ? undefined : log.peek(selection.seqAt(index - 1))}
      failure={log.failure(seq)}
      isChosen={seq === chosen}
      total={selection.count}
      place={index + 1}
    />
  );
}

/** Goes to the position when that changes, and keeps to the end while it is followed. */
function useScrolling(
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
    if (follows && count > 0) virtual.scrollToIndex(count - 1, { align: "end" });
  }, [follows, count, height]);
  return isAtEnd;
}

function useTranscriptKeys(selection: Selection, position: Position, lanes: Loaded["lanes"]): void {
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
