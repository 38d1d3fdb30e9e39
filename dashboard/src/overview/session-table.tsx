import { useEffect, useRef, useState } from "react";
import { useVirtualizer } from "@tanstack/react-virtual";
import type { Metadata } from "session-protocol";
import { useKeys } from "../app/keys.js";
import { useNarrow } from "../app/use-narrow.js";
import { adjust, goTo, usePlace } from "../app/use-place.js";
import { COLUMNS, nextOrder, sorted, type Column } from "./columns.js";
import { SessionRow } from "./session-row.js";

interface TableProps {
  readonly sessions: readonly Metadata[];
  readonly steps: ReadonlyMap<string, string>;
  readonly total: number;
  readonly isLoading: boolean;
}

const ROW_HEIGHT = 36;
/** Where a row has two lines. */
const NARROW_HEIGHT = 60;

export function SessionTable({ sessions, steps, total, isLoading }: TableProps) {
  const { order } = usePlace().query;
  const rows = sorted(sessions, order);
  const scroller = useRef<HTMLDivElement>(null);
  const height = useNarrow() ? NARROW_HEIGHT : ROW_HEIGHT;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => height,
    overscan: 12,
    getItemKey: (index) => rows[index]?.sessionId ?? index,
  });
  useEffect(virtual.measure, [height]);
  const [chosen, setChosen] = useChoice(rows, virtual.scrollToIndex);
  const shown = virtual.getVirtualItems().map(({ index, start: top }) => {
    const session = rows[index] as Metadata;
    const { sessionId } = session;
    const row = { session, step: steps.get(sessionId), top, index, isChosen: sessionId === chosen };
    return <SessionRow key={sessionId} {...row} onChoose={setChosen} />;
  });
  return (
    <div className="table-frame">
      <div
        className="table"
        role="table"
        aria-label="Sessions"
        aria-rowcount={rows.length + 1}
        ref={scroller}
      >
        <Head order={order} />
        <div role="rowgroup" className="rows" style={{ height: virtual.getTotalSize() }}>
          {shown}
        </div>
      </div>
      <Count shown={sessions.length} total={total} isLoading={isLoading} />
    </div>
  );
}

interface CountProps {
  readonly shown: number;
  readonly total: number;
  readonly isLoading: boolean;
}

function Count({ shown, total, isLoading }: CountProps) {
  return (
    <p className="note" role="status">
      {isLoading ? "Loading… " : ""}
      {shown === total ? `${total} sessions` : `${shown} of ${total} sessions`}
      {!isLoading && shown < total ? "; older ones by a filter or the search" : ""}
    </p>
  );
}

/** The row that j and k move to and Enter opens. */
function useChoice(
  rows: readonly Metadata[],
  show: (index: number) => void,
): [string | undefined, (sessionId: string) => void] {
  const [chosen, setChosen] = useState<string>();
  const move = (step: number): void => {
    const at = rows.findIndex(({ sessionId }) => sessionId === chosen);
    const next = Math.min(rows.length - 1, Math.max(0, at + step));
    const row = rows[next];
    if (row === undefined) return;
    setChosen(row.sessionId);
    show(next);
  };
  useKeys({
    j: () => {
      move(1);
    },
    k: () => {
      move(-1);
    },
    ...(chosen !== undefined && {
      Enter: () => {
        goTo(["session", chosen]);
      },
      c: () => {
        goTo(["compare", chosen]);
      },
    }),
  });
  return [chosen, setChosen];
}

function Head({ order }: { readonly order: string | undefined }) {
  return (
    <div role="rowgroup" className="head">
      <div role="row" className="row">
        {COLUMNS.map((column) => (
          <HeadCell key={column.key} column={column} order={order} />
        ))}
      </div>
    </div>
  );
}

function HeadCell({ column, order }: { readonly column: Column; readonly order: string | undefined }) {
  const { key, title, value, isNumber } = column;
  const sort = order === key ? "ascending" : order === `-${key}` ? "descending" : "none";
  return (
    <span role="columnheader" className={`cell cell-${key}${isNumber ? " number" : ""}`} aria-sort={sort}>
      {value === undefined ? (
        title
      ) : (
        <button
          type="button"
          onClick={() => {
            adjust({ order: nextOrder(column, order) });
          }}
        >
          {title}
          <span aria-hidden="true">{sort === "ascending" ? " ↑" : sort === "descending" ? " ↓" : ""}</span>
        </button>
      )}
    </span>
  );
}
