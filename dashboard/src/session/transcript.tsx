import { useCallback, useMemo, useRef, useSyncExternalStore } from "react";
import { useVirtualizer, type Virtualizer } from "@tanstack/react-virtual";
import type { SessionEvent } from "session-protocol";
import { EventRow } from "../event/event-row.js";
import { GoalNamesContext, goalNames } from "../event/goal-names.js";
import { partOf } from "../event/request-head.js";
import type { Lanes } from "./lanes.js";
import { TranscriptBar } from "./transcript-bar.js";
import { useGrouping, type Folding } from "./use-grouping.js";
import { useScrolling } from "./use-scrolling.js";
import { useSelection, type Selection } from "./use-selection.js";
import { useTranscriptKeys } from "./use-transcript-keys.js";
import type { Loaded } from "./session-model.js";
import type { Position } from "./use-position.js";

interface TranscriptProps {
  readonly sessionId: string;
  readonly loaded: Loaded;
  readonly isMapWhole: boolean;
  readonly position: Position;
}

const ROW_ESTIMATE = 56;

/** What happened, an event a row, put together by request; of any number of events those in sight are loaded. */
export function Transcript({ sessionId, loaded, isMapWhole, position }: TranscriptProps) {
  const { log, lanes } = loaded;
  useSyncExternalStore(log.subscribe, log.version);
  const folding = useGrouping(lanes, lanes.version, isMapWhole, log.lastSeq, position.seq);
  const selection = useSelection(sessionId, log.lastSeq, folding.grouping);
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: selection.count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_ESTIMATE,
    overscan: 8,
    // A new function makes it measure all rows anew.
    getItemKey: useCallback((index: number) => selection.seqAt(index), [selection]),
  });
  const isAtEnd = useScrolling(scroller, virtual, selection, position);
  useTranscriptKeys(selection, position, lanes);
  return (
    <section className="transcript" aria-label="Transcript">
      <TranscriptBar
        selection={selection}
        position={position}
        lanes={lanes}
        isAtEnd={isAtEnd}
        folding={folding}
      />
      <div className="scroller" ref={scroller} tabIndex={0} role="feed" aria-label="Events">
        <Rows virtual={virtual} loaded={loaded} {...{ selection, chosen: position.seq, folding }} />
      </div>
    </section>
  );
}

interface RowsProps {
  readonly virtual: Virtualizer<HTMLDivElement, Element>;
  readonly loaded: Loaded;
  readonly selection: Selection;
  readonly chosen: number | undefined;
  readonly folding: Folding;
}

function Rows({ virtual, ...shown }: RowsProps) {
  const { goals } = shown.loaded.head.state;
  const names = useMemo(() => goalNames(goals), [goals]);
  return (
    <div className="rows" style={{ height: virtual.getTotalSize() }}>
      <GoalNamesContext value={names}>
        {virtual.getVirtualItems().map(({ index, start, key }) => (
          <div
            key={key}
            ref={virtual.measureElement}
            data-index={index}
            className="slot"
            style={{ transform: `translateY(${start}px)` }}
          >
            {row({ ...shown, index })}
          </div>
        ))}
      </GoalNamesContext>
    </div>
  );
}

function row({
  loaded: { log, lanes },
  selection,
  index,
  chosen,
  folding,
}: Omit<RowsProps, "virtual"> & { readonly index: number }) {
  const { grouping, toggle } = folding;
  const seq = selection.seqAt(index);
  const before = index === 0 ? undefined : selection.seqAt(index - 1);
  const request = selection.isGrouped ? grouping?.requests.of(seq) : undefined;
  const isFirst = before === undefined || grouping?.requests.of(before) !== request;
  const event = log.event(seq);
  const label = request?.agentId == null ? "" : lanes.labelOf(request.agentId);
  return (
    <EventRow
      seq={seq}
      event={event}
      owner={
        request === undefined
          ? ownerOf(event, before === undefined ? undefined : log.peek(before), lanes)
          : undefined
      }
      failure={log.failure(seq)}
      isChosen={chosen !== undefined && (grouping?.requests.toldBy(chosen) ?? chosen) === seq}
      total={selection.count}
      place={index + 1}
      part={request && partOf(request, label, isFirst, grouping?.isFolded(request.seq) === true)}
      onFold={toggle}
    />
  );
}

/** Whose an event is, where the one before was another's. */
function ownerOf(
  event: SessionEvent | undefined,
  before: SessionEvent | undefined,
  lanes: Lanes,
): string | undefined {
  const words = (of: SessionEvent | undefined): string | undefined => {
    const { agentId, runId } = of?.data ?? {};
    if (typeof agentId !== "string") return undefined;
    const label = lanes.labelOf(agentId);
    return lanes.hasRuns && typeof runId === "string" ? `${label} · run ${runId}` : label;
  };
  const owner = words(event);
  return owner === words(before) ? undefined : owner;
}
