import fs from "node:fs";
import { open, readFile, rm, type FileHandle } from "node:fs/promises";
import path from "node:path";
import type { EventType } from "session-protocol";
import type { EventBatch, ProducerTotals } from "../domain/events.js";
import type { Session } from "../domain/session.js";
import type { JournalRecord } from "../journal/line.js";
import type { Deletions } from "./deletions.js";
import type { Layout } from "./layout.js";
import { PLACE_BYTES, seek, startOf } from "./log-cursor.js";
import { encodeLine, LOG_KINDS, logOf, seqOf, type LogKind } from "./log-line.js";
import { SyncFailure } from "./sync-failure.js";
import { TranscriptReplay } from "./transcript-replay.js";

const LF = 0x0a;

/** What the journal says of a session that its files may not. */
export interface JournalSession {
  readonly firstSeq: number;
  /** Offset of `session_created`, 0 where that is in an older segment. */
  readonly firstOffset: number;
  readonly lastOffset: number;
  /** Newer than those in the session's document. */
  readonly producers: readonly ProducerTotals[];
  /** Whether it began, ended or was reopened here: its documents may then be of different ages. */
  readonly changedLife: boolean;
}

/** What replaying the journal found to do. */
export interface Replayed {
  readonly touched: ReadonlyMap<string, JournalSession>;
  readonly removed: readonly string[];
  /** Files and folders of transcripts that are to be synced. */
  readonly transcripts: readonly string[];
  /** Events whose line was not in the session files. */
  readonly restored: number;
}

/** A session's lines as the journal has them. */
class Expected {
  readonly lines: Record<LogKind, string[]> = { actions: [], responses: [], events: [] };
  readonly #producers = new Map<string, ProducerTotals>();
  #firstOffset = 0;
  #lastOffset = 0;
  #changedLife = false;

  constructor(readonly firstSeq: number) {}

  add({ events, producer }: EventBatch): void {
    for (const event of events) {
      this.lines[logOf(event.type)].push(encodeLine(event));
      if (event.seq === 1) this.#firstOffset = event.offset;
      this.#lastOffset = event.offset;
      this.#changedLife ||= CHANGES_LIFE.has(event.type);
    }
    if (producer !== undefined) this.#producers.set(producer.id, producer);
  }

  get session(): JournalSession {
    return {
      firstSeq: this.firstSeq,
      firstOffset: this.#firstOffset,
      lastOffset: this.#lastOffset,
      producers: [...this.#producers.values()],
      changedLife: this.#changedLife,
    };
  }
}

const CHANGES_LIFE = new Set<EventType>([
  "session_created",
  "session_finalized",
  "session_interrupted",
  "status_changed",
]);

/**
 * Brings the session files up to the journal. Files are right up to the first event the journal has of a
 * session, because they were synced before older segments were retired. From there on each log must hold
 * exactly the journal's lines: what matches stays, from the first difference on it is written anew; all of it
 * where what is read may not be on disk.
 * Where a repair has taken lines out of the journal, what the files still have of them stays as well.
 */
export async function replay(
  records: Iterable<JournalRecord>,
  layout: Layout,
  deletions: Deletions,
): Promise<Replayed> {
  const isOnDisk = !new SyncFailure(layout.syncFailure).isNoted;
  if (!isOnDisk) deletions.rewrite();
  const expected = new Map<string, Expected>();
  let hasLosses = false;
  const removed = new Set<string>();
  const transcripts = new TranscriptReplay(layout);
  for (const record of records) {
    if (record.kind === "loss") hasLosses = true;
    else if (record.kind === "transcript") transcripts.add(record.change);
    if (record.kind !== "batch") continue;
    const { batch } = record;
    const deletion = batch.events.find(({ type }) => type === "session_deleted");
    if (deletion === undefined) {
      expect(expected, batch);
      removed.delete(batch.sessionId);
      continue;
    }
    expected.delete(batch.sessionId);
    removed.add(batch.sessionId);
    deletions.add(deletion);
    await rm(layout.session(batch.sessionId), { recursive: true, force: true });
  }
  let restored = 0;
  for (const [sessionId, { firstSeq, lines }] of expected) {
    for (const kind of LOG_KINDS) {
      const file = layout.log(sessionId, kind);
      const whole = hasLosses ? await withFileLines(file, firstSeq, lines[kind]) : lines[kind];
      restored += await restore(file, firstSeq, whole, isOnDisk);
    }
  }
  const touched = new Map([...expected].map(([sessionId, { session }]) => [sessionId, session] as const));
  return { touched, removed: [...removed], restored, transcripts: transcripts.restore(hasLosses, isOnDisk) };
}

/** A session that begins again was removed before, or was a fork that a crash cut short. */
function expect(sessions: Map<string, Expected>, batch: EventBatch): void {
  let session = sessions.get(batch.sessionId);
  if (session === undefined || batch.events[0]?.seq === 1) {
    session = new Expected(batch.firstSeq);
    sessions.set(batch.sessionId, session);
  }
  session.add(batch);
}

/** Returns how many lines had to be written. */
async function restore(
  file: string,
  firstSeq: number,
  lines: readonly string[],
  isOnDisk: boolean,
): Promise<number> {
  if (!fs.existsSync(file)) {
    if (lines.length === 0) return 0;
    fs.mkdirSync(path.dirname(file), { recursive: true });
  }
  const handle = await open(file, fs.existsSync(file) ? "r+" : "w+");
  try {
    const { size } = await handle.stat();
    const sought = await seek(handle, size, firstSeq - 1);
    const found = Buffer.alloc(size - sought);
    await readAll(handle, found, sought);
    const older = olderBytes(found, firstSeq, lines[0]);
    const from = sought + older;
    const present = found.subarray(older);
    const { bytes, count } = isOnDisk ? matching(present, lines) : { bytes: 0, count: 0 };
    if (bytes < present.length) await handle.truncate(from + bytes);
    const rest = Buffer.from(lines.slice(count).join(""));
    await writeAll(handle, rest, from + bytes);
    return lines.length - count;
  } finally {
    await handle.close();
  }
}

async function readAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let read = 0; read < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, read, bytes.length - read, position + read);
    if (bytesRead === 0) throw new Error("the file became shorter while it was read");
    read += bytesRead;
  }
}

/** A disk that is nearly full takes a part of a write without an error. */
async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let written = 0; written < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, position + written);
    written += bytesWritten;
  }
}

/**
 * How much of `found` comes before the journal's lines. None, but where it begins with a line that is damaged:
 * what is readable behind that and older than the journal is nowhere else.
 */
function olderBytes(found: Buffer, firstSeq: number, firstLine: string | undefined): number {
  const at = firstLine === undefined ? -1 : found.indexOf(firstLine);
  if (at === 0 || found[at - 1] === LF) return at;
  let older = 0;
  for (let start = 0; ;) {
    const newline = found.indexOf(LF, start);
    if (newline === -1) return older;
    if (startOf(found.toString("latin1", start, start + PLACE_BYTES)) < firstSeq) older = newline + 1;
    start = newline + 1;
  }
}

/**
 * The journal's lines and, where it has lost some, what the file still holds of those: a repaired journal
 * knows less than the files do.
 */
async function withFileLines(file: string, firstSeq: number, lines: readonly string[]): Promise<string[]> {
  const bySeq = new Map<number, string>();
  const text = fs.existsSync(file) ? (await readFile(file)).toString("utf8") : "";
  for (const line of text.split("\n")) {
    if (seqOf(line) >= firstSeq && isJson(line)) bySeq.set(seqOf(line), `${line}\n`);
  }
  for (const line of lines) bySeq.set(seqOf(line), line);
  return [...bySeq].sort(([one], [other]) => one - other).map(([, line]) => line);
}

function isJson(line: string): boolean {
  try {
    JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

/** How much of `present` is the first of `lines`. */
function matching(present: Buffer, lines: readonly string[]): { bytes: number; count: number } {
  let bytes = 0;
  let count = 0;
  for (const line of lines) {
    const encoded = Buffer.from(line);
    if (!present.subarray(bytes, bytes + encoded.length).equals(encoded)) break;
    bytes += encoded.length;
    count += 1;
  }
  return { bytes, count };
}

/** A session's producers after a crash: the journal's totals are newer than the document's. */
export function withJournalTotals(session: Session, totals: readonly ProducerTotals[]): Session {
  const newer = new Map(totals.map((producer) => [producer.id, producer]));
  const older = session.producers.filter(({ id }) => !newer.has(id));
  return { ...session, producers: [...older, ...totals] };
}
