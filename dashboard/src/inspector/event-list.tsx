import { memo, useEffect, useRef } from "react";
import { useVirtualizer, type VirtualItem, type Virtualizer } from "@tanstack/react-virtual";
import type { SessionEvent } from "session-protocol";
import { excerptOf } from "../api/line-text.js";
import { EventTime } from "../event/event-time.js";
import type { EventLog } from "../session/event-log.js";
import type { Position } from "../session/use-position.js";
import type { Selection } from "../session/use-selection.js";
import { visibleText } from "../ui/format.js";

interface ListProps {
  readonly selection: Selection;
  readonly log: EventLog;
  readonly find: string;
  readonly position: Position;
}

const ROW_HEIGHT = 26;
const SHOWN_CHARS = 240;

/** One event a line. Arrows choose, and the chosen one is that of the whole session view. */
export function EventList({ selection, log, find, position }: ListProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const { count } = selection;
  const virtual = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 8,
  });
  const at = chosenIndex(selection, position.seq);
  useShown(virtual, selection, position.seq);
  const press = (event: React.KeyboardEvent): void => {
    const next = nextIndex(event.key, at ?? count, count);
    if (next === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    position.goTo(selection.seqAt(next));
  };
  const line = ({ index, start: top }: VirtualItem) => {
    const seq = selection.seqAt(index);
    const event = log.event(seq);
    const props = { seq, index, count, top, event, find, isChosen: index === at, choose: position.goTo };
    return <EventLine key={seq} {...props} />;
  };
  return (
    <div
      className="event-list"
      ref={scroller}
      role="listbox"
      aria-label="Events as they are stored"
      tabIndex={0}
      aria-activedescendant={at === undefined ? undefined : optionId(at)}
      onKeyDown={press}
    >
      <div role="presentation" className="rows" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map(line)}
      </div>
    </div>
  );
}

/** Undefined where none is chosen, or the filters do not let it through. */
function chosenIndex(selection: Selection, seq: number | undefined): number | undefined {
  if (seq === undefined || selection.count === 0) return undefined;
  const index = selection.indexOf(seq);
  return selection.seqAt(index) === seq ? index : undefined;
}

const PAGE_ROWS = 10;

/** Where a key leads, from `at`, which is `count` where nothing is chosen. */
export function nextIndex(key: string, at: number, count: number): number | undefined {
  const steps: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + PAGE_ROWS,
    PageUp: at - PAGE_ROWS,
    Home: 0,
    End: count - 1,
  };
  const next = steps[key];
  return next === undefined || count === 0 ? undefined : Math.min(count - 1, Math.max(0, next));
}

/** What is chosen comes into sight; where nothing is, the end stays there while it is in sight. */
function useShown(
  virtual: Virtualizer<HTMLDivElement, Element>,
  selection: Selection,
  seq: number | undefined,
): void {
  const { count, key } = selection;
  const follows = useRef(true);
  useEffect(() => {
    if (count === 0) return;
    if (seq !== undefined) virtual.scrollToIndex(selection.indexOf(seq), { align: "auto" });
    else virtual.scrollToIndex(count - 1, { align: "end" });
    follows.current = seq === undefined;
  }, [seq, key, count > 0]);
  useEffect(() => {
    const element = virtual.scrollElement;
    if (element === null) return;
    const scrolled = (): void => {
      const toEnd = element.scrollHeight - element.scrollTop - element.clientHeight;
      follows.current = seq === undefined && toEnd < 2 * ROW_HEIGHT;
    };
    element.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      element.removeEventListener("scroll", scrolled);
    };
  }, [virtual.scrollElement, seq]);
  useEffect(() => {
    if (follows.current && count > 0) virtual.scrollToIndex(count - 1, { align: "end" });
  }, [count]);
}

const optionId = (index: number): string => `raw-${index}`;

interface LineProps {
  readonly seq: number;
  readonly index: number;
  readonly count: number;
  readonly top: number;
  readonly event: SessionEvent | undefined;
  readonly find: string;
  readonly isChosen: boolean;
  readonly choose: (seq: number) => void;
}

const EventLine = memo(function EventLine(props: LineProps) {
  const { seq, index, count, top, event, find, isChosen, choose } = props;
  return (
    <div
      id={optionId(index)}
      role="option"
      aria-selected={isChosen}
      aria-setsize={count}
      aria-posinset={index + 1}
      className={`event-line${isChosen ? " chosen" : ""}`}
      style={{ transform: `translateY(${top}px)` }}
      onClick={() => {
        choose(seq);
      }}
    >
      <span className="event-seq">{seq}</span>
      {event === undefined ? <span className="note">…</span> : <Words event={event} find={find} />}
    </div>
  );
});

interface WordsProps {
  readonly event: SessionEvent;
  readonly find: string;
}

/** Not made anew while more comes: what an event says may be long. */
const Words = memo(function Words({ event, find }: WordsProps) {
  const { type, data } = event;
  const { before, found, after } = excerptOf(JSON.stringify(data), find, SHOWN_CHARS);
  return (
    <>
      <EventTime event={event} />
      <b>{type}</b>
      <code>
        {visibleText(before)}
        {found !== "" && <mark>{visibleText(found)}</mark>}
        {visibleText(after)}
      </code>
    </>
  );
});
