import fs from "node:fs";
import path from "node:path";
import type { Final } from "session-protocol";
import { metadataDocument, stateOf } from "../domain/documents.js";
import type { StoredEvent } from "../domain/events.js";
import { runsDocument, usageDocument } from "../domain/run-documents.js";
import type { Session } from "../domain/session.js";
import type { DocumentName, Layout } from "./layout.js";
import type { LogSnapshot } from "./log-cursor.js";
import { encodeLine, LOG_KINDS, logOf, type LogKind } from "./log-line.js";
import { PendingLines } from "./pending-lines.js";

interface Tail {
  /** Bytes of the file that are whole lines; undefined until it was looked at. */
  size: number | undefined;
  readonly pending: PendingLines;
}

/** So much is written at once: while it is still in the processor's cache that costs half. */
const FULL_CHARS = 262_144;

/** One session's files: what is to be appended to its logs and which documents are out of date. */
export class SessionWriter {
  session: Session;
  /** 0 while it is not known: of a session that began before this process. */
  firstOffset = 0;
  /** 0 until an event was added. */
  lastOffset = 0;
  documentsStale = false;
  /** What the index was told last of its runs and its usage. */
  told: Pick<Session, "runs" | "usage"> | undefined;
  readonly #tails: Record<LogKind, Tail> = {
    actions: { size: undefined, pending: new PendingLines() },
    responses: { size: undefined, pending: new PendingLines() },
    events: { size: undefined, pending: new PendingLines() },
  };
  /** What was written last, to write only what changed. */
  #written: Session | undefined;
  #folderMade = false;
  /** Added since the logs were last written, or tried to be. */
  #addedChars = 0;

  constructor(
    private readonly layout: Layout,
    session: Session,
  ) {
    this.session = session;
  }

  get hasPending(): boolean {
    return LOG_KINDS.some((kind) => !this.#tails[kind].pending.isEmpty);
  }

  get isSettled(): boolean {
    return !this.documentsStale && !this.hasPending;
  }

  get isFull(): boolean {
    return this.#addedChars >= FULL_CHARS;
  }

  /** Bytes of the logs, with what is waiting; what is not ASCII counts as one byte a character. */
  get storageBytes(): number {
    return LOG_KINDS.reduce((sum, kind) => sum + this.#sizeOf(kind) + this.#tails[kind].pending.size, 0);
  }

  /** Returns how many characters are waiting because of these events. */
  add(session: Session, events: readonly StoredEvent[]): number {
    this.session = session;
    this.documentsStale = true;
    const [first] = events;
    if (first?.seq === 1) this.#begin(first.offset);
    this.lastOffset = events.at(-1)?.offset ?? this.lastOffset;
    return this.#addLines(events);
  }

  #addLines(events: readonly StoredEvent[]): number {
    let characters = 0;
    for (const event of events) {
      const line = encodeLine(event);
      this.#tails[logOf(event.type)].pending.add(line);
      characters += line.length;
    }
    this.#addedChars += characters;
    return characters;
  }

  snapshots(): LogSnapshot[] {
    return LOG_KINDS.map((kind) => ({
      kind,
      path: this.layout.log(this.session.sessionId, kind),
      size: this.#sizeOf(kind),
      pending: Buffer.from(this.#tails[kind].pending.bytes()),
    }));
  }

  /** Logs were put in place anew: their sizes are looked at again. */
  logsReplaced(): void {
    for (const kind of LOG_KINDS) this.#tails[kind].size = undefined;
  }

  /** Appends what is waiting. A write that fails is cut back, and what was to be written stays waiting. */
  flushLogs(): void {
    this.#addedChars = 0;
    this.#makeFolder();
    for (const kind of LOG_KINDS) {
      if (!this.#tails[kind].pending.isEmpty) this.#flush(kind);
    }
  }

  /**
   * Replaces the documents that no longer say what the session is. Logs are written first and state and
   * metadata last: where those two agree on `seq`, the others are as new.
   */
  flushDocuments(): void {
    const { session } = this;
    const before = this.#written;
    this.flushLogs();
    if (session.initial !== before?.initial) this.#replace("initial", session.initial);
    if (session.final !== before?.final) this.#writeFinal(session.final);
    if (session.producers !== before?.producers && session.producers.length > 0) {
      this.#replace("producers", session.producers);
    }
    if (session.runs.seq !== (before?.runs.seq ?? 0)) this.#replace("runs", runsDocument(session.runs));
    if (session.usage.seq !== (before?.usage.seq ?? 0)) this.#replace("usage", usageDocument(session.usage));
    if (session.profile.subsessions !== before?.profile.subsessions)
      this.#linkSubsessions(session.profile.subsessions);
    this.#replace("state", stateOf(session));
    this.#replace("metadata", metadataDocument(session));
    this.#written = session;
    this.documentsStale = false;
  }

  #flush(kind: LogKind): void {
    const tail = this.#tails[kind];
    const file = this.layout.log(this.session.sessionId, kind);
    try {
      tail.size = append(file, this.#sizeOf(kind), tail.pending.bytes());
      tail.pending.clear();
    } catch (error) {
      this.#folderMade = false;
      tail.size = undefined;
      throw error;
    }
  }

  #writeFinal(final: Final | null): void {
    if (final === null) fs.rmSync(this.layout.document(this.session.sessionId, "final"), { force: true });
    else this.#replace("final", final);
  }

  #replace(name: DocumentName, value: unknown): void {
    const file = this.layout.document(this.session.sessionId, name);
    const temporary = path.join(path.dirname(file), `.${name}.json.new`);
    fs.writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`);
    fs.renameSync(temporary, file);
  }

  #linkSubsessions(children: readonly string[]): void {
    if (children.length === 0) return;
    const folder = path.join(this.layout.session(this.session.sessionId), "subsessions");
    fs.mkdirSync(folder, { recursive: true });
    const linked = new Set(fs.readdirSync(folder));
    for (const child of children) {
      if (!linked.has(child)) fs.symlinkSync(path.join("..", "..", child), path.join(folder, child));
    }
  }

  /** The folder is there before anything links to it. Where the disk does not take it, flushing tries again. */
  #begin(firstOffset: number): void {
    this.firstOffset = firstOffset;
    try {
      this.#makeFolder();
    } catch {
      this.#folderMade = false;
    }
  }

  #makeFolder(): void {
    if (this.#folderMade) return;
    fs.mkdirSync(this.layout.session(this.session.sessionId), { recursive: true });
    this.#folderMade = true;
  }

  #sizeOf(kind: LogKind): number {
    const tail = this.#tails[kind];
    return (tail.size ??= wholeLineBytes(this.layout.log(this.session.sessionId, kind)));
  }
}

/** Appends after the first `size` bytes, whatever else is there, and returns the new size. All of it or nothing. */
export function append(file: string, size: number, bytes: Buffer): number {
  const descriptor = fs.openSync(file, "a");
  try {
    if (fs.fstatSync(descriptor).size !== size) fs.ftruncateSync(descriptor, size);
    let written = 0;
    while (written < bytes.length) written += fs.writeSync(descriptor, bytes, written);
    return size + bytes.length;
  } catch (error) {
    fs.ftruncateSync(descriptor, size);
    throw error;
  } finally {
    fs.closeSync(descriptor);
  }
}

/** A session's logs as they are on disk, whatever is waiting to be written. */
export function logsOnDisk(layout: Layout, sessionId: string): LogSnapshot[] {
  return LOG_KINDS.map((kind) => {
    const file = layout.log(sessionId, kind);
    return { kind, path: file, size: wholeLineBytes(file), pending: Buffer.alloc(0) };
  });
}

const PROBE_BYTES = 65_536;

/** Size of the log without a last line that has no end; 0 where there is no file. */
export function wholeLineBytes(file: string): number {
  const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) return 0;
  const descriptor = fs.openSync(file, "r");
  try {
    const buffer = Buffer.allocUnsafe(PROBE_BYTES);
    for (let end = size; end > 0; end -= PROBE_BYTES) {
      const start = Math.max(0, end - PROBE_BYTES);
      const length = fs.readSync(descriptor, buffer, 0, end - start, start);
      const newline = buffer.subarray(0, length).lastIndexOf(0x0a);
      if (newline !== -1) return start + newline + 1;
    }
    return 0;
  } finally {
    fs.closeSync(descriptor);
  }
}
