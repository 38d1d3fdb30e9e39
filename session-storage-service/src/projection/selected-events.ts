import type { EventType, JsonObject } from "session-protocol";
import type { EventSelection, StoredText } from "../domain/reading.js";
import type { LogSnapshot } from "./log-cursor.js";
import { eventText, logOf, parseHeader, parseLatin1, type LogKind } from "./log-line.js";
import { mergedLines, type PlacedLine } from "./merged-lines.js";

/** A session's events up to `lastSeq` at most, in their public shape. */
export async function* selectedEvents(
  sessionId: string,
  snapshots: readonly LogSnapshot[],
  selection: EventSelection,
  lastSeq: number,
): AsyncGenerator<StoredText[]> {
  const { after, upTo = Infinity, types } = selection;
  const logs = snapshots.filter(({ kind }) => mayHold(kind, types));
  for await (const lines of mergedLines(logs, after, Math.min(upTo, lastSeq))) {
    const texts = lines.flatMap((line) => selected(sessionId, line, selection) ?? []);
    if (texts.length > 0) yield texts;
  }
}

function selected(
  sessionId: string,
  { kind, line }: PlacedLine,
  selection: EventSelection,
): StoredText | undefined {
  const { types, agentId, runId } = selection;
  const header = parseHeader(line);
  if (header === undefined) return undefined;
  const text = eventText(kind, sessionId, line, header);
  if (kind === "events" && types !== undefined && !types.includes(typeOf(text))) return undefined;
  if (agentId !== undefined || runId !== undefined) {
    if (!mentions(text, selection)) return undefined;
    if (!matches(parseLatin1(text).data as JsonObject, selection)) return undefined;
  }
  return { seq: header.seq, offset: header.offset, text };
}

function mayHold(kind: LogKind, types: readonly EventType[] | undefined): boolean {
  return types === undefined || types.some((type) => logOf(type) === kind);
}

const TYPE_AT = '{"type":"'.length;

function typeOf(text: string): EventType {
  return text.slice(TYPE_AT, text.indexOf('"', TYPE_AT)) as EventType;
}

/** Whether the text can match at all, before it is parsed. Ids hold nothing that JSON has to escape, but senders may. */
export function mentions(text: string, { agentId, runId }: EventSelection): boolean {
  const holdsBoth =
    (agentId === undefined || text.includes(`"${agentId}"`)) &&
    (runId === undefined || text.includes(`"${runId}"`));
  return holdsBoth || text.includes("\\u");
}

export function matches(data: JsonObject, { agentId, runId }: EventSelection): boolean {
  return (agentId === undefined || data.agentId === agentId) && (runId === undefined || data.runId === runId);
}
