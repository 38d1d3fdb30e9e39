import { MAX_EVENT_ID_CHARS, type JsonObject } from "session-protocol";
import type { Command } from "./decide.js";
import type { EventIds } from "./event-ids.js";
import type { NewEvent } from "./events.js";

/**
 * A session's table of event ids also holds its runs: under such a key the seqs of the events that began and
 * ended the run. It is longer than an event's id may be: senders like to make ids of their runs' ids.
 */
const RUN_KEY = "run:".padStart(MAX_EVENT_ID_CHARS + 1);

export function runKey(runId: string): string {
  return RUN_KEY + runId;
}

/** The run a command is about, where it names one. */
export function runOf({ type, data }: Command): string | undefined {
  switch (type) {
    case "execution_started":
    case "node_executed":
    case "execution_completed":
    case "execution_failed":
      return typeof data.runId === "string" ? data.runId : undefined;
    default:
      return undefined;
  }
}

/** The run that an event begins or ends. */
export function boundaryOf({
  type,
  data,
}: {
  readonly type: string;
  readonly data: JsonObject;
}): string | undefined {
  const bounds =
    type === "execution_started" || type === "execution_completed" || type === "execution_failed";
  return bounds && typeof data.runId === "string" ? data.runId : undefined;
}

type Keyed = Pick<NewEvent, "id" | "type" | "data">;

/** What is to be found again by its id, or by its run's. */
export function addKeys(ids: EventIds, event: Keyed, seq: number): void {
  ids.add(event.id, seq);
  const runId = boundaryOf(event);
  if (runId !== undefined) ids.add(runKey(runId), seq);
}

/** Of an event that was not stored after all. */
export function removeKeys(ids: EventIds, event: Keyed, seq: number): void {
  ids.remove(event.id, seq);
  const runId = boundaryOf(event);
  if (runId !== undefined) ids.remove(runKey(runId), seq);
}
