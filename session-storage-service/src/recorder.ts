import type { CleanupRequest, CleanupResult } from "session-protocol";
import type { Clock } from "./domain/ports.js";
import type { History, SessionIndex } from "./domain/reading.js";
import type { Sessions } from "./domain/sessions.js";
import type { Transcripts } from "./domain/transcripts.js";
import type { Feed } from "./feed/feed.js";

/** How the storage fares, for health and metrics. */
export interface StorageHealth {
  /** Offset of the last durable event. */
  readonly offset: number;
  readonly segments: number;
  /** False once a sync failed: no write is accepted until restart. */
  readonly poisoned: boolean;
  /** The last write found no space and there is still none. */
  readonly full: boolean;
  /** Session files could not be written; they are being retried and the journal keeps everything. */
  readonly filesFailing: boolean;
  /** The index could not be made anew: lists, statistics and search are not complete. */
  readonly indexFailing: boolean;
  readonly hotSessions: number;
  /** Events whose text is not searchable yet. */
  readonly indexLag: number;
  readonly freeBytes: number;
}

/** Everything the edges may use. They never see the journal. */
export interface Recorder {
  readonly sessions: Sessions;
  readonly transcripts: Transcripts;
  readonly history: History;
  readonly index: SessionIndex;
  readonly feed: Feed;
  readonly clock: Clock;
  readonly makeId: () => string;
  /** Throws away what has outlived its time. One at a time: others wait, and a repeat of a key is told what the first did. */
  cleanup(request: CleanupRequest, key?: string): Promise<CleanupResult>;
  health(): StorageHealth;
}
