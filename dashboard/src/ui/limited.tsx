import { useState, type ReactNode } from "react";

interface LimitedProps<T> {
  readonly items: readonly T[];
  /** So many at first; all of them once they are asked for. */
  readonly most: number;
  /** Whether these are the items of a list, in which nothing else may stand. */
  readonly isList: boolean;
  readonly each: (item: T, index: number) => ReactNode;
}

/** A long row of things, in part until all is asked for. The button stands where the rest would. */
export function Limited<T>({ items, most, isList, each }: LimitedProps<T>) {
  const [isWhole, setWhole] = useState(false);
  const rest = items.length - most;
  const button = (
    <button
      type="button"
      className="more"
      onClick={() => {
        setWhole(true);
      }}
    >
      Show all ({rest} more)
    </button>
  );
  return (
    <>
      {(isWhole ? items : items.slice(0, most)).map(each)}
      {!isWhole && rest > 0 && (isList ? <li>{button}</li> : button)}
    </>
  );
}
