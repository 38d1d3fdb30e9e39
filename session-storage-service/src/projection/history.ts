import type { State, VerifyResult } from "session-protocol";
import { stateOf } from "../domain/documents.js";
import { InvalidRequest, SessionNotFound } from "../domain/errors.js";
import type { StoredEvent } from "../domain/events.js";
import { fold } from "../domain/fold.js";
import type {
  EntrySelection,
  EventSelection,
  HeldEvents,
  History,
  LogName,
  StoredText,
} from "../domain/reading.js";
import type { Session } from "../domain/session.js";
import type { GlobalReader } from "./global-reader.js";
import { eventLines } from "./event-lines.js";
import type { LogSnapshot } from "./log-cursor.js";
import { decodeEvent, parseHeader, parseLatin1 } from "./log-line.js";
import { linesFromEnd } from "./log-tail.js";
import { mergedLines } from "./merged-lines.js";
import { openIfThere } from "./open-log.js";
import { matches, mentions, selectedEvents } from "./selected-events.js";

/** A tail of large entries ends when it has this many characters: it is held in memory. */
const TAIL_CHARS = 16 * 1_024 * 1_024;
/** How many missing seqs `verify` names. */
const MISSING_LISTED = 1_000;

export interface HistorySource {
  /** The session's logs as they stand now, with what is not written yet. */
  snapshots(sessionId: string): Promise<LogSnapshot[]>;
  /** Writes what is waiting for the session's files. What the disk does not take stays waiting; the journal has it. */
  flushSession(sessionId: string): void;
  get(sessionId: string): Promise<Session>;
}

/** Events as stored, for folding. */
export async function* storedEvents(
  sessionId: string,
  snapshots: readonly LogSnapshot[],
  after: number,
  upTo: number,
): AsyncGenerator<StoredEvent[]> {
  for await (const lines of mergedLines(snapshots, after, upTo)) {
    yield lines.flatMap(({ kind, line }) => decodeEvent(kind, sessionId, line) ?? []);
  }
}

export class FileHistory implements History {
  constructor(
    private readonly source: HistorySource,
    private readonly global: GlobalReader,
  ) {}

  async *events(sessionId: string, selection: EventSelection): AsyncGenerator<StoredText[]> {
    const { seq } = await this.source.get(sessionId);
    yield* selectedEvents(sessionId, await this.source.snapshots(sessionId), selection, seq);
  }

  async hold(sessionId: string): Promise<HeldEvents> {
    const { seq } = await this.source.get(sessionId);
    const held = (await this.source.snapshots(sessionId)).map(opened);
    return {
      events: (selection) => selectedEvents(sessionId, held, selection, seq),
      close: async () => {
        for (const { file } of held) await file?.close();
      },
    };
  }

  async *ndjson(
    sessionId: string,
    { after, upTo }: Pick<EventSelection, "after" | "upTo">,
  ): AsyncGenerator<Buffer> {
    const durable = await this.source.get(sessionId);
    const snapshots = await this.source.snapshots(sessionId);
    yield* eventLines(sessionId, mergedLines(snapshots, after, Math.min(upTo ?? Infinity, durable.seq)));
  }

  async *entries(sessionId: string, log: LogName, selection: EntrySelection): AsyncGenerator<StoredText[]> {
    const durable = await this.source.get(sessionId);
    const snapshots = (await this.source.snapshots(sessionId)).filter(({ kind }) => kind === log);
    const upTo = Math.min(selection.upTo ?? Infinity, durable.seq);
    for await (const lines of mergedLines(snapshots, selection.after, upTo)) {
      const entries = lines.flatMap(({ line }) => entryOf(line, selection) ?? []);
      if (entries.length > 0) yield entries;
    }
  }

  async tail(
    sessionId: string,
    log: LogName,
    count: number,
    selection: EntrySelection,
  ): Promise<{ entries: StoredText[]; truncated: boolean }> {
    await this.source.get(sessionId);
    const [snapshot] = (await this.source.snapshots(sessionId)).filter(({ kind }) => kind === log);
    const { after, upTo = Infinity } = selection;
    const entries: StoredText[] = [];
    let chars = 0;
    for await (const line of linesFromEnd(snapshot as LogSnapshot)) {
      const seq = parseHeader(line)?.seq ?? Infinity;
      if (seq <= after) break;
      const entry = seq > upTo ? undefined : entryOf(line, selection);
      if (entry === undefined) continue;
      const isFull = entries.length === count || chars >= TAIL_CHARS;
      if (isFull) return { entries: entries.reverse(), truncated: true };
      entries.push(entry);
      chars += entry.text.length;
    }
    return { entries: entries.reverse(), truncated: false };
  }

  async stateAt(sessionId: string, seq: number): Promise<State> {
    const current = await this.source.get(sessionId);
    if (seq > current.seq) throw InvalidRequest.at("atSeq", `the session has ${String(current.seq)} events`);
    if (seq === current.seq) return stateOf(current);
    const snapshots = (await this.source.snapshots(sessionId)).filter(({ kind }) => kind === "events");
    let session: Session | undefined;
    for await (const events of storedEvents(sessionId, snapshots, 0, seq)) {
      for (const event of events) session = fold(session, event);
    }
    if (session === undefined) throw new SessionNotFound(sessionId);
    return stateOf({ ...session, seq });
  }

  async verify(sessionId: string): Promise<VerifyResult> {
    const durable = await this.source.get(sessionId);
    this.source.flushSession(sessionId);
    const snapshots = await this.source.snapshots(sessionId);
    let lastSeq = 0;
    let gaps = 0;
    let repeats = 0;
    const missing: number[] = [];
    for await (const lines of mergedLines(snapshots, 0, durable.seq)) {
      for (const { line } of lines) {
        const seq = parseHeader(line)?.seq;
        if (seq === undefined) continue;
        if (seq <= lastSeq) {
          repeats += 1;
          continue;
        }
        gaps += seq - lastSeq - 1;
        for (let gone = lastSeq + 1; gone < seq && missing.length < MISSING_LISTED; gone += 1)
          missing.push(gone);
        lastSeq = seq;
      }
    }
    const producers = durable.producers.map(({ id, recorded, stored, duplicates, dropped }) => {
      return { id, recorded, stored, duplicates, dropped, missing: Math.max(0, recorded - dropped - stored) };
    });
    const complete =
      gaps + repeats === 0 &&
      lastSeq === durable.seq &&
      producers.every((producer) => producer.missing === 0);
    return { complete, lastSeq, missing, producers };
  }

  allEvents(after: number): AsyncGenerator<(StoredText & { sessionId: string })[]> {
    return this.global.events(after);
  }
}

/** Opened at once: see `OpenLog`. */
function opened(snapshot: LogSnapshot): LogSnapshot {
  return snapshot.size === 0 ? snapshot : { ...snapshot, file: openIfThere(snapshot.path) };
}

function entryOf(line: string, selection: EntrySelection): StoredText | undefined {
  const header = parseHeader(line);
  if (header === undefined || header.expired) return undefined;
  const { type, agentId, runId } = selection;
  if (type !== undefined || agentId !== undefined || runId !== undefined) {
    if (!mentions(line, selection)) return undefined;
    const entry = parseLatin1(line);
    if (!matches(entry, selection) || (type !== undefined && entry.type !== type)) return undefined;
  }
  return { seq: header.seq, offset: header.offset, text: line };
}
