import type { StoredEvent } from "../domain/events.js";
import type { LogSnapshot } from "./log-cursor.js";
import { decodeEvent, parseHeader, type LineHeader } from "./log-line.js";
import { mergedLines, type PlacedLine } from "./merged-lines.js";

const BOUNDARY_TYPE = '"type":"execution_';

/** The event of a line, where it begins or ends a run. Cheap for the others: only such are parsed. */
export function runBoundary(
  sessionId: string,
  { kind, line }: PlacedLine,
  header: LineHeader | undefined,
): StoredEvent | undefined {
  const isBoundary =
    kind === "events" && header !== undefined && line.startsWith(BOUNDARY_TYPE, header.bodyAt);
  return isBoundary ? decodeEvent(kind, sessionId, line) : undefined;
}

/** Events after `after` that begin or end a run. */
export async function* runBoundaries(
  sessionId: string,
  snapshots: readonly LogSnapshot[],
  after: number,
): AsyncGenerator<StoredEvent[]> {
  const logs = snapshots.filter(({ kind }) => kind === "events");
  for await (const lines of mergedLines(logs, after, Infinity)) {
    yield lines.flatMap((line) => runBoundary(sessionId, line, parseHeader(line.line)) ?? []);
  }
}
