import type { EventBatch } from "./events.js";

/** Names one transcript: an agent's main one, or with `subpath` one of its sub-agents'. */
export interface TranscriptKey {
  readonly projectKey: string;
  readonly sessionId: string;
  readonly subpath?: string | undefined;
}

interface Changed {
  readonly transcript: TranscriptKey;
  /** ISO 8601: when the service stored it. */
  readonly timestamp: string;
}

/** What was answered to an append that came with an idempotency key: whoever repeats it is told the same. */
export interface TranscriptAnswer {
  readonly key: string;
  readonly stored: number;
  readonly duplicates: number;
  readonly total: number;
}

/** Entries of one request: stored together, in order, all or none. */
export interface TranscriptAppended extends Changed {
  readonly kind: "appended";
  /** How many entries the transcript has before these. */
  readonly index: number;
  /** Each as one line of JSON text. */
  readonly entries: readonly string[];
  /** Takes the place of the summary of the whole session. */
  readonly summary?: string | undefined;
  readonly answer?: TranscriptAnswer | undefined;
}

/** The transcript is gone, and with a main one all those of its session. */
export interface TranscriptDeleted extends Changed {
  readonly kind: "deleted";
}

/** What the journal keeps of transcripts. It takes one offset, as events do. */
export type TranscriptChange = TranscriptAppended | TranscriptDeleted;

export function isTranscriptChange(entry: EventBatch | TranscriptChange): entry is TranscriptChange {
  return "transcript" in entry;
}

/** One text for each key, as no other has it. */
export function transcriptName({ projectKey, sessionId, subpath = "" }: TranscriptKey): string {
  return `${projectKey}/${sessionId}/${subpath}`;
}
