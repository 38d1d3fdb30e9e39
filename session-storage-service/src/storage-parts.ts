import fs from "node:fs";
import type { Logger } from "pino";
import { createRedactor } from "session-protocol/redaction";
import type { Config } from "./config.js";
import type { StoredEvent } from "./domain/events.js";
import type { Clock } from "./domain/ports.js";
import type { SessionIndex } from "./domain/reading.js";
import type { Session } from "./domain/session.js";
import { realFileSystem } from "./journal/file-system.js";
import { Sessions, type SessionsParts } from "./domain/sessions.js";
import { Transcripts } from "./domain/transcripts.js";
import { FileJournal } from "./journal/journal.js";
import { hasSegments } from "./journal/open.js";
import { Breather } from "./projection/breather.js";
import type { Deletions } from "./projection/deletions.js";
import { GlobalReader, type GlobalSource } from "./projection/global-reader.js";
import { FileHistory } from "./projection/history.js";
import { IndexDb } from "./projection/index-db.js";
import type { Log } from "./projection/index-messages.js";
import { LastPass } from "./projection/last-pass.js";
import type { Layout } from "./projection/layout.js";
import { Retention } from "./projection/retention.js";
import { SessionFiles } from "./projection/session-files.js";
import { RunRetention, type RunRetentionParts } from "./projection/run-retention.js";
import { SessionRetention } from "./projection/session-retention.js";
import { RedactedSessions } from "./redaction.js";
import { SilenceWatch } from "./silence-watch.js";
import { TranscriptFiles } from "./projection/transcript-files.js";
import type { StorageMetrics } from "./storage-metrics.js";

const MAX_PENDING_CHARS = 16 * 1_024 * 1_024;

export interface StorageOptions {
  readonly config: Config;
  readonly log: Logger;
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: StorageMetrics;
}

export function openSessions({ config, metrics }: StorageOptions, parts: SessionsParts): Sessions {
  if (config.REDACT_ON_ARRIVAL === "off") return new Sessions(parts);
  const onRedacted = (kind: string): void => metrics.redacted(kind);
  return new RedactedSessions(parts, { redactor: createRedactor(), onRedacted });
}

export async function openJournal(
  { config, log, metrics }: StorageOptions,
  layout: Layout,
  startOffset: number,
  onSegmentClosed: (lastOffset: number) => void,
): Promise<FileJournal> {
  const journal = await FileJournal.open({
    folder: layout.journal,
    segmentBytes: config.SEGMENT_BYTES,
    maxQueuedBytes: config.MAX_QUEUED_BYTES,
    fileSystem: realFileSystem,
    startOffset,
    onSegmentClosed,
    onCommit: (batches, bytes, syncMs) => metrics.commit(batches, bytes, syncMs),
    onPoisoned: (error) => log.fatal({ err: error }, "journal poisoned: no write is accepted until restart"),
  });
  if (journal.tornBytes > 0) {
    metrics.tornBytes(journal.tornBytes);
    log.warn({ bytes: journal.tornBytes }, "cut a torn tail that was never acknowledged");
  }
  return journal;
}

export function openFiles(layout: Layout, deletions: Deletions, log: Logger): SessionFiles {
  return new SessionFiles({
    layout,
    deletions,
    maxPendingChars: MAX_PENDING_CHARS,
    onError: (sessionId, error) => {
      log.error(
        { err: error, sessionId },
        "session files could not be written; the journal keeps the events",
      );
    },
  });
}

/** Transcripts, and the files they are kept in. */
export interface TranscriptStore {
  readonly transcripts: Transcripts;
  readonly files: TranscriptFiles;
}

export function openTranscripts(
  { config, clock, log }: StorageOptions,
  layout: Layout,
  journal: FileJournal,
): TranscriptStore {
  const files = new TranscriptFiles({
    layout,
    onError: (transcript, error) => {
      log.error({ err: error, transcript }, "transcript could not be written; the journal keeps it");
    },
  });
  const transcripts = new Transcripts({
    journal,
    archive: files,
    timestamp: timestamps(clock),
    maxWaitingBytes: config.MAX_QUEUED_BYTES,
  });
  return { transcripts, files };
}

export function openHistory(
  sessions: Sessions,
  files: SessionFiles,
  across: Omit<GlobalSource, "snapshots">,
): FileHistory {
  const source = {
    get: (sessionId: string) => sessions.get(sessionId),
    snapshots: (sessionId: string) => files.snapshots(sessionId),
    flushSession: (sessionId: string) => files.flushSession(sessionId),
  };
  return new FileHistory(source, new GlobalReader({ ...across, snapshots: source.snapshots }));
}

export function openRetention(
  { config, clock, log, metrics }: StorageOptions,
  layout: Layout,
  parts: Omit<RunRetentionParts, "layout" | "files" | "index"> & {
    readonly files: SessionFiles;
    readonly index: () => IndexDb;
  },
): Retention {
  const { index } = parts;
  const sessions = new SessionRetention({
    ...parts,
    layout,
    archives: config.ARCHIVE === "on",
    expired: (page) => index().expiredSessions(page),
  });
  return new Retention({
    sessions,
    runs: new RunRetention({ ...parts, layout }),
    breather: new Breather(),
    lastPass: new LastPass(layout.retention, clock.now(), withLevel(log)),
    runTtlDays: config.RUN_TTL_DAYS,
    clock,
    log: withLevel(log),
    hourUtc: config.RETENTION_HOUR_UTC,
    sessionTtlDays: config.SESSION_TTL_DAYS,
    onCleaned: (result) => metrics.cleaned(result),
  });
}

export function openSilence(
  { config, log }: StorageOptions,
  layout: Layout,
  parts: { readonly sessions: Sessions; readonly index: SessionIndex },
): SilenceWatch {
  return new SilenceWatch({
    sessions: parts.sessions,
    index: parts.index,
    silenceSeconds: config.SILENCE_SECONDS,
    hasProducers: (sessionId) => fs.existsSync(layout.document(sessionId, "producers")),
    log,
  });
}

const SECOND_MS = 1_000;

/** ISO 8601 of now; all but the milliseconds is made once per second. */
export function timestamps(clock: Clock): () => string {
  let second = NaN;
  let start = "";
  return () => {
    const nowMs = clock.now();
    const nowSecond = Math.floor(nowMs / SECOND_MS);
    if (nowSecond !== second) {
      second = nowSecond;
      start = new Date(second * SECOND_MS).toISOString().slice(0, -"000Z".length);
    }
    return `${start}${String(Math.floor(nowMs - second * SECOND_MS)).padStart(3, "0")}Z`;
  };
}

export async function openIndex(layout: Layout, log: Logger): Promise<IndexDb> {
  const { indexFile, sessions } = layout;
  return IndexDb.open({ file: indexFile, sessionsFolder: sessions, log: withLevel(log) });
}

/** The index, told of everything durable before each question. */
export function freshIndex(fresh: () => IndexDb, log: Logger): SessionIndex {
  return {
    list: (query) => fresh().list(query),
    recent: (count) => fresh().recent(count),
    stats: () => fresh().stats(),
    search: (query) => fresh().search(query),
    sessionsBetween: (after, upTo) => fresh().sessionsBetween(after, upTo),
    childrenOf: (parentSession) => fresh().childrenOf(parentSession),
    runOwners: (runIds) =>
      fresh()
        .runOwners(runIds)
        .catch((error: unknown) => unowned(error, log)),
    run: (runId) => fresh().run(runId),
    runs: (filter) => fresh().runs(filter),
    runStats: (input) => fresh().runStats(input),
    usage: (query) => fresh().usage(query),
  };
}

/** A broken index must not keep runs from being recorded. */
function unowned(error: unknown, log: Logger): ReadonlyMap<string, string> {
  log.error({ err: error }, "the index cannot tell whether a run's id is taken; it is accepted");
  return new Map();
}

/** The log as the projections call it. */
export function withLevel(log: Logger): Log {
  return (level, fields, message) => log[level](fields, message);
}

/**
 * The greatest offset in use where the journal is gone: offsets must go on from there. The index knows it;
 * where that is gone as well, it is made anew first.
 */
export async function greatestOffset(layout: Layout, index: IndexDb): Promise<number> {
  if (hasSegments(realFileSystem, layout.journal) || index.appliedOffset > 0) return index.appliedOffset;
  return (await index.rebuild()).maxOffset;
}

const CHANGES_RECENT = new Set([
  "session_created",
  "status_changed",
  "session_finalized",
  "session_interrupted",
]);

/** Whether a session's entry in `recent/` and `index.json` may differ now. A fork appears with its last copy. */
export function changesRecent({ type, seq }: StoredEvent, { profile }: Session): boolean {
  return CHANGES_RECENT.has(type) || profile.forkedFrom?.seq === seq;
}
