import type {
  RunStats,
  SearchHit,
  SearchQuery,
  SessionsQuery,
  Stats,
  UsageQuery,
  UsageRow,
} from "session-protocol";
import type { ExpiredRun, ExpiredSession, ExpiryPage } from "../domain/retention.js";
import type {
  ExpiredRunsInput,
  ExpiredRunSessionsInput,
  ForgottenRuns,
  NumberedSession,
} from "./index-expiry.js";
import type {
  FoundRun,
  RunFilter,
  RunPage,
  RunStatsInput,
  SessionSummary,
  SummaryPage,
} from "../domain/reading.js";

/** A session's summary on its way to the worker: the metadata as the text that is stored and handed out. */
export type PackedSummary = Omit<SessionSummary, "metadata"> & { readonly metadata: string };

/** Deletions come first: a session that is both deleted and summarised was made anew. */
export interface Changes {
  readonly deleted: readonly string[];
  readonly summaries: readonly PackedSummary[];
  readonly appliedOffset: number;
}

/** Where a page of sessions goes on: the sort key of the last one of the page before. */
export type ListPosition = readonly [time: string, offset: number, number: number];
/** Where a page of hits goes on: session number and seq of the last hit of the page before. */
export type HitPosition = readonly [number: number, seq: number];

export type ListInput = Omit<SessionsQuery, "cursor"> & { readonly after: ListPosition | undefined };
export type SearchInput = Omit<SearchQuery, "cursor"> & { readonly after: HitPosition | undefined };

/** What the main thread asks of the worker, answered in the order asked but for searches, which may take longer. */
export interface Questions {
  apply: { input: Changes; answer: undefined };
  durable: { input: undefined; answer: undefined };
  rebuild: { input: undefined; answer: { sessions: number; maxOffset: number } };
  close: { input: undefined; answer: undefined };
  list: { input: ListInput; answer: SummaryPage };
  recent: { input: number; answer: string[] };
  stats: { input: undefined; answer: Stats };
  search: { input: SearchInput; answer: { hits: SearchHit[]; nextCursor: string | null } };
  sessionsBetween: { input: { after: number; upTo: number }; answer: string[] };
  childrenOf: { input: string; answer: string[] };
  runOwners: { input: readonly string[]; answer: ReadonlyMap<string, string> };
  run: { input: string; answer: FoundRun | undefined };
  runs: { input: RunFilter; answer: RunPage };
  runStats: { input: RunStatsInput; answer: RunStats };
  usage: { input: UsageQuery; answer: UsageRow[] };
  sessionsWithExpiredRuns: { input: ExpiredRunSessionsInput; answer: NumberedSession[] };
  expiredRuns: { input: ExpiredRunsInput; answer: ExpiredRun[] };
  forgetRuns: { input: ForgottenRuns; answer: undefined };
  expiredSessions: { input: ExpiryPage; answer: ExpiredSession[] };
}

export type QuestionName = keyof Questions;

export interface Asked<N extends QuestionName = QuestionName> {
  readonly id: number;
  readonly name: N;
  readonly input: Questions[N]["input"];
}

export type LogLevel = "debug" | "info" | "warn" | "error";
export type Log = (level: LogLevel, fields: Record<string, unknown>, message: string) => void;

export type FromWorker =
  | { readonly kind: "ready"; readonly appliedOffset: number }
  | { readonly kind: "answer"; readonly id: number; readonly answer: unknown; readonly tookMs: number }
  | { readonly kind: "failed"; readonly id: number; readonly error: Error }
  | {
      readonly kind: "log";
      readonly level: LogLevel;
      readonly fields: Record<string, unknown>;
      readonly message: string;
    };

export interface WorkerOptions {
  readonly file: string;
  readonly sessionsFolder: string;
  /** How long a search may wait for the text of what was recorded just before. */
  readonly searchWaitMs: number;
  readonly shared: SharedArrayBuffer;
  /** Of `RunIds`. */
  readonly runIds: SharedArrayBuffer;
}

/** Places in the memory both threads share, as 32-bit integers. */
export const SHARED = {
  /** How busy the main thread was of late, in percent; written by it. */
  busyPercent: 0,
  /** Set when the index is to close; long work ends early then. */
  closing: 1,
  /** Events whose text is not searchable yet; written by the worker. */
  lag: 2,
  /** Set once the ids of all runs are among the shared ones; by the worker. */
  runsKnown: 3,
} as const;
export const SHARED_BYTES = 16;
