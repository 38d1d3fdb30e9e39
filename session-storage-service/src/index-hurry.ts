import type { StoredEvent } from "./domain/events.js";
import { boundaryOf } from "./domain/run-keys.js";
import type { IndexDb } from "./projection/index-db.js";

/**
 * Tells a rested index at once of runs that begin or end: who began one is likely to look for it in the history, and
 * finds it applied. `push` gives the index what it has not been told.
 */
export function hurrying(
  index: Pick<IndexDb, "isRested" | "hurry">,
  push: () => void,
): (events: readonly StoredEvent[]) => void {
  let isDue = false;
  return (events) => {
    if (isDue || !index.isRested || !events.some((event) => boundaryOf(event) !== undefined)) return;
    isDue = true;
    // After the writer's answer.
    setImmediate(() => {
      isDue = false;
      push();
      index.hurry();
    });
  };
}
