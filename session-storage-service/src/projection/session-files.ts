import fs from "node:fs";
import { rm } from "node:fs/promises";
import { EventIds } from "../domain/event-ids.js";
import type { StoredEvent } from "../domain/events.js";
import { fold } from "../domain/fold.js";
import type { SessionArchive } from "../domain/ports.js";
import type { SessionSummary } from "../domain/reading.js";
import { liveChanges } from "../domain/run-changes.js";
import { addKeys } from "../domain/run-keys.js";
import type { Session } from "../domain/session.js";
import { isIncompleteFork } from "../domain/sessions.js";
import { changedUsage } from "../domain/usage.js";
import { metadataOf } from "../domain/documents.js";
import type { Deletions } from "./deletions.js";
import { readDocuments, readProducers } from "./documents.js";
import { storedEvents } from "./history.js";
import type { Layout } from "./layout.js";
import type { LogSnapshot } from "./log-cursor.js";
import { decodedId, parseHeader } from "./log-line.js";
import { mergedLines } from "./merged-lines.js";
import { Rounds } from "./rounds.js";
import { runBoundaries, runBoundary } from "./run-events.js";
import { logsOnDisk, SessionWriter } from "./session-writer.js";
import { syncSessions } from "./sync.js";
import { UntoldRuns } from "./untold-runs.js";

const PAUSE_MS = 100;
const RETRY_MS = 1_000;

export interface SessionFilesOptions {
  readonly layout: Layout;
  readonly deletions: Deletions;
  /** Characters that may wait for the session files before they are written at once. */
  readonly maxPendingChars: number;
  readonly onError: (sessionId: string, error: Error) => void;
}

/**
 * The long-term store: appends durable events to the sessions' own files and keeps their documents up to
 * date. Nothing here is synced but by `sync`; until then the journal holds the same events.
 */
export class SessionFiles implements SessionArchive {
  readonly #writers = new Map<string, SessionWriter>();
  readonly #logs: Rounds<SessionWriter>;
  readonly #documents: Rounds<SessionWriter>;
  /** Sessions whose files have changed since they were synced. */
  #unsynced = new Set<string>();
  /** Sessions that the index has not been told of. */
  #unindexed = new Map<string, SessionWriter>();
  readonly #runs = new UntoldRuns();
  #removed: string[] = [];
  readonly #removing = new Set<Promise<void>>();
  #pendingChars = 0;

  constructor(private readonly options: SessionFilesOptions) {
    const onError = (writer: SessionWriter, error: Error) => {
      options.onError(writer.session.sessionId, error);
    };
    const rounds = { minPauseMs: PAUSE_MS, retryMs: RETRY_MS, onError };
    this.#logs = new Rounds({ ...rounds, work: (writer) => writer.flushLogs() });
    this.#documents = new Rounds({ ...rounds, patient: true, work: (writer) => writer.flushDocuments() });
    fs.mkdirSync(options.layout.sessions, { recursive: true });
  }

  /** Whether files could not be written lately; the writes are being retried. */
  get isFailing(): boolean {
    return this.#logs.isFailing || this.#documents.isFailing;
  }

  apply(session: Session, events: readonly StoredEvent[]): void {
    const last = events[events.length - 1];
    if (last?.type === "session_deleted") {
      this.options.deletions.add(last);
      this.#flushDeletions(session.sessionId);
      return;
    }
    const writer = this.#writer(session);
    this.#pendingChars += writer.add(session, events);
    this.#logs.mark(writer);
    this.#documents.mark(writer);
    this.#unsynced.add(session.sessionId);
    this.#runs.note(session, events);
    this.#unindexed.set(session.sessionId, writer);
    if (this.#pendingChars > this.options.maxPendingChars) this.#flushLogs();
    else if (writer.isFull) this.flushSession(session.sessionId);
  }

  /** Takes a session over as the journal of an earlier process left it. */
  async adopt(
    session: Session,
    offsets: { readonly firstSeq: number; readonly firstOffset: number; readonly lastOffset: number },
  ): Promise<void> {
    this.apply(session, []);
    if (session.runs.seq >= offsets.firstSeq) await this.#recallRuns(session, offsets.firstSeq - 1);
    Object.assign(this.#writer(session), {
      firstOffset: offsets.firstOffset,
      lastOffset: offsets.lastOffset,
    });
  }

  /** Of what the journal still held, the index may not know. */
  async #recallRuns(session: Session, after: number): Promise<void> {
    const { sessionId } = session;
    for await (const events of runBoundaries(sessionId, this.#onDisk(sessionId), after)) {
      this.#runs.note(session, events);
    }
  }

  /** Forks being copied: the index does not list them, but readers of all sessions see their events. */
  incompleteForks(): string[] {
    const sessions = [...this.#writers.values()].map(({ session }) => session);
    return sessions.filter(isIncompleteFork).map(({ sessionId }) => sessionId);
  }

  /** What the index has to be told since this was last asked. */
  takeIndexChanges(): { summaries: SessionSummary[]; deleted: string[] } {
    const whole = [...this.#unindexed.values()].filter(({ session }) => !isIncompleteFork(session));
    const summaries = whole.map((writer) => this.#summaryOf(writer));
    const deleted = this.#removed;
    this.#unindexed = new Map();
    this.#removed = [];
    return { summaries, deleted };
  }

  #summaryOf(writer: SessionWriter): SessionSummary {
    const { session, told, firstOffset, lastOffset, storageBytes } = writer;
    const { sessionId } = session;
    const boundaries = this.#runs.take(sessionId);
    writer.told = session;
    return {
      metadata: metadataOf(session),
      firstOffset,
      lastOffset,
      storageBytes,
      runs: { ...boundaries, live: liveChanges(session.runs, told?.runs) },
      usage: changedUsage(session.usage, told?.usage),
    };
  }

  snapshots(sessionId: string): Promise<LogSnapshot[]> {
    return Promise.resolve(this.#writers.get(sessionId)?.snapshots() ?? this.#onDisk(sessionId));
  }

  /** What a crash left of a fork is no session, and its files are in the way of the next. */
  async load(sessionId: string, trustDocuments = true): Promise<Session | undefined> {
    if (!fs.existsSync(this.options.layout.session(sessionId))) return undefined;
    let session = trustDocuments ? await readDocuments(this.options.layout, sessionId) : undefined;
    // When it was made stands in its first event only, until its history is whole.
    if (session !== undefined && isIncompleteFork(session)) session = undefined;
    const producers = session?.producers ?? (await readProducers(this.options.layout, sessionId));
    for await (const events of storedEvents(
      sessionId,
      this.#onDisk(sessionId),
      session?.seq ?? 0,
      Infinity,
    )) {
      for (const event of events) session = fold(session, event);
    }
    if (session === undefined) return undefined;
    if (!isIncompleteFork(session)) return { ...session, producers };
    await rm(this.options.layout.session(sessionId), { recursive: true, force: true });
    return undefined;
  }

  async eventIds(sessionId: string): Promise<EventIds> {
    const ids = new EventIds();
    for await (const lines of mergedLines(await this.snapshots(sessionId), 0, Infinity)) {
      for (const placed of lines) {
        const header = parseHeader(placed.line);
        if (header === undefined) continue;
        const boundary = runBoundary(sessionId, placed, header);
        if (boundary === undefined) ids.add(decodedId(header.rawId), header.seq);
        else addKeys(ids, boundary, header.seq);
      }
    }
    return ids;
  }

  async event(sessionId: string, seq: number): Promise<StoredEvent | undefined> {
    for await (const [event] of storedEvents(sessionId, await this.snapshots(sessionId), seq - 1, seq))
      return event;
    return undefined;
  }

  async *events(sessionId: string, after: number, upTo: number): AsyncGenerator<StoredEvent[]> {
    yield* storedEvents(sessionId, await this.snapshots(sessionId), after, upTo);
  }

  isSettled(sessionId: string): boolean {
    return this.#writers.get(sessionId)?.isSettled ?? true;
  }

  release(sessionId: string): void {
    this.#writers.delete(sessionId);
  }

  deletion(sessionId: string, id: string): StoredEvent | undefined {
    return this.options.deletions.find(sessionId, id);
  }

  async remove(sessionId: string): Promise<void> {
    const writer = this.#writers.get(sessionId);
    if (writer !== undefined) {
      this.#logs.unmark(writer);
      this.#documents.unmark(writer);
    }
    this.#writers.delete(sessionId);
    this.#unsynced.delete(sessionId);
    this.#unindexed.delete(sessionId);
    this.#runs.take(sessionId);
    this.#removed.push(sessionId);
    const removing = rm(this.options.layout.session(sessionId), { recursive: true, force: true });
    this.#removing.add(removing);
    await removing.finally(() => this.#removing.delete(removing));
  }

  /** The session as its newest event has left it, where something was written to it since it is in memory. */
  current(sessionId: string): Session | undefined {
    return this.#writers.get(sessionId)?.session;
  }

  /** Other files are in the place of the session's logs. Not while a checkpoint is being made. */
  logsReplaced(sessionId: string): void {
    this.#writers.get(sessionId)?.logsReplaced();
    this.#unsynced.add(sessionId);
  }

  /** Writes what is waiting for one session, logs and documents. @throws what the disk says */
  writeOut(sessionId: string): void {
    const writer = this.#writers.get(sessionId);
    if (writer?.isSettled === false) writer.flushDocuments();
  }

  /** What the disk does not take stays waiting, and is tried again with the next round. */
  flushSession(sessionId: string): void {
    try {
      this.#writers.get(sessionId)?.flushLogs();
    } catch (error) {
      this.options.onError(sessionId, error as Error);
    }
  }

  /** Writes everything that waits, logs and documents. Errors are reported, and what failed stays waiting. */
  flush(): void {
    this.#flushLogs();
    this.#documents.runAll();
  }

  /**
   * Resolves once every event applied before the call survives power loss in the session files alone.
   * @throws the first error; nothing is forgotten then
   */
  async sync(): Promise<void> {
    await this.#logs.drain();
    await this.#documents.drain();
    if (this.isFailing) throw new Error("session files cannot be written");
    this.options.deletions.flush();
    const unsynced = this.#unsynced;
    this.#unsynced = new Set();
    try {
      await Promise.all(this.#removing);
      await syncSessions(this.options.layout, unsynced);
    } catch (error) {
      for (const sessionId of unsynced) this.#unsynced.add(sessionId);
      throw error;
    }
  }

  close(): void {
    this.#logs.close();
    this.#documents.close();
  }

  #flushLogs(): void {
    this.#logs.runAll();
    this.#pendingChars = 0;
  }

  /** What is not written now is by the next sync, before the journal lets go of it. */
  #flushDeletions(sessionId: string): void {
    try {
      this.options.deletions.flush();
    } catch (error) {
      this.options.onError(sessionId, error as Error);
    }
  }

  #writer(session: Session): SessionWriter {
    let writer = this.#writers.get(session.sessionId);
    if (writer === undefined) {
      writer = new SessionWriter(this.options.layout, session);
      this.#writers.set(session.sessionId, writer);
    }
    return writer;
  }

  #onDisk(sessionId: string): LogSnapshot[] {
    return logsOnDisk(this.options.layout, sessionId);
  }
}
