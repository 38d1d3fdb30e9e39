import type {
  EventType,
  Metadata,
  RunStats,
  RunStatus,
  RunSummary,
  SearchHit,
  SearchQuery,
  SessionsQuery,
  State,
  Stats,
  UsageQuery,
  UsageRow,
  VerifyResult,
} from "session-protocol";
import type { RunOwners } from "./run-claims.js";
import type { RunChanges } from "./run-changes.js";
import type { UsageRecord } from "./usage.js";

/**
 * A stored event or log entry as JSON text. `text` holds UTF-8 bytes as latin1 characters, one per byte,
 * so that stored bytes go out without being decoded: write it with encoding `latin1`.
 */
export interface StoredText {
  readonly seq: number;
  readonly offset: number;
  readonly text: string;
}

export interface EventSelection {
  /** Only events with a greater seq. */
  readonly after: number;
  /** Only events with at most this seq; the session's durable seq if absent. */
  readonly upTo?: number | undefined;
  readonly types?: readonly EventType[] | undefined;
  readonly agentId?: string | undefined;
  readonly runId?: string | undefined;
}

export interface EntrySelection extends Omit<EventSelection, "types"> {
  /** The action's or response's own type. */
  readonly type?: string | undefined;
}

/** A session's events as its files were at one moment, whatever has been taken out of them since. */
export interface HeldEvents {
  events(selection: EventSelection): AsyncIterable<StoredText[]>;
  close(): Promise<void>;
}

export type LogName = "actions" | "responses";

/** Reads what a session's files and what is about to be written to them hold. Durable events only, in order. */
export interface History {
  /** Events in their public shape, in pieces of a few hundred KiB. */
  events(sessionId: string, selection: EventSelection): AsyncIterable<StoredText[]>;
  /** For reading them more than once. To be closed. */
  hold(sessionId: string): Promise<HeldEvents>;
  /** The same as whole lines of NDJSON in UTF-8, for the plainest selection only and several times faster. */
  ndjson(sessionId: string, range: Pick<EventSelection, "after" | "upTo">): AsyncIterable<Buffer>;
  /** Lines of a log, as they stand in the file. */
  entries(sessionId: string, log: LogName, selection: EntrySelection): AsyncIterable<StoredText[]>;
  /** The last `count` matching lines of a log, or fewer where they are large, and whether there are more before them. */
  tail(
    sessionId: string,
    log: LogName,
    count: number,
    selection: EntrySelection,
  ): Promise<{ entries: StoredText[]; truncated: boolean }>;
  /** The state as it was after event `seq`. */
  stateAt(sessionId: string, seq: number): Promise<State>;
  /** From a fresh read of the files. */
  verify(sessionId: string): Promise<VerifyResult>;
  /** Events of all sessions with a greater offset, in offset order. */
  allEvents(after: number): AsyncIterable<(StoredText & { readonly sessionId: string })[]>;
}

/** One session as the index keeps it. */
export interface SessionSummary {
  readonly metadata: Metadata;
  /** 0: not known here, what the index has stays. */
  readonly firstOffset: number;
  /** 0: not known here, what the index has stays. */
  readonly lastOffset: number;
  /** Bytes of the session's logs. */
  readonly storageBytes: number;
  /** What has changed of its runs. */
  readonly runs?: RunChanges | undefined;
  /** What has changed of its usage; values are absolute. */
  readonly usage?: readonly UsageRecord[] | undefined;
}

/** A run as the index has it. */
export interface FoundRun {
  readonly summary: RunSummary;
  readonly startSeq: number;
  readonly endSeq: number | null;
  /** What is too large for the index: null in the summary, and to be read from the run's events. */
  readonly isLarge: { readonly input: boolean; readonly output: boolean; readonly error: boolean };
}

/** Of one session, copies included, or of all of them without copies. `since` and `until` are about the start. */
export interface RunFilter {
  readonly sessionId?: string | undefined;
  readonly agentId?: string | undefined;
  readonly userId?: string | undefined;
  readonly status?: RunStatus | undefined;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly skip: number;
  readonly limit: number;
}

/** Newest first. */
export interface RunPage {
  readonly runs: FoundRun[];
  readonly more: boolean;
}

export type RunStatsInput = { readonly days: number; readonly now: number } & (
  | { readonly userId: string; readonly agentId?: undefined }
  | { readonly agentId: string; readonly userId?: undefined }
);

export interface SummaryPage {
  /** Metadata as JSON text (ordinary strings), in the order asked for. */
  readonly sessions: string[];
  readonly nextCursor: string | null;
  readonly total: number;
}

/** Questions across sessions. Answers include every update made before the question was asked. */
export interface SessionIndex {
  list(query: SessionsQuery): Promise<SummaryPage>;
  recent(count: number): Promise<string[]>;
  stats(): Promise<Stats>;
  search(query: SearchQuery): Promise<{ hits: SearchHit[]; nextCursor: string | null }>;
  /** Sessions that may hold events with offsets above `after` and at most `upTo`. */
  sessionsBetween(after: number, upTo: number): Promise<string[]>;
  childrenOf(parentSession: string): Promise<string[]>;
  readonly runOwners: RunOwners;
  run(runId: string): Promise<FoundRun | undefined>;
  runs(filter: RunFilter): Promise<RunPage>;
  runStats(input: RunStatsInput): Promise<RunStats>;
  usage(query: UsageQuery): Promise<UsageRow[]>;
}
