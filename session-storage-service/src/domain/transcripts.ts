import { Overloaded, TranscriptNotFound, VersionMismatch } from "./errors.js";
import { namesVersion } from "./if-match.js";
import type { Journal } from "./ports.js";
import type { TranscriptAnswer, TranscriptChange, TranscriptKey } from "./transcript-changes.js";
import { TranscriptLanes } from "./transcript-lanes.js";

/** An entry as it was sent. With a `uuid` it is stored once. */
export interface TranscriptEntry {
  readonly uuid: string | undefined;
  /** One line of JSON text. */
  readonly raw: string;
}

export interface TranscriptAppend {
  readonly entries: readonly TranscriptEntry[];
  /** JSON text that takes the place of the session's summary. */
  readonly summary?: string | undefined;
  /** How many entries the sender believes to be there. */
  readonly ifMatch?: string | undefined;
  /** A repeat of one that was stored is answered as the first was, and stores nothing. */
  readonly idempotencyKey?: string | undefined;
}

export interface TranscriptReceipt {
  readonly stored: number;
  readonly duplicates: number;
  /** Entries there are now. */
  readonly total: number;
  readonly duplicate?: true;
}

export interface TranscriptListing {
  readonly sessionId: string;
  /** Milliseconds since the epoch: when its main transcript was stored to last. */
  readonly mtime: number;
  /** JSON text. */
  readonly summary: string | undefined;
}

/** A project that has a main transcript of some session. */
export interface TranscriptPlace {
  readonly projectKey: string;
  readonly mtime: number;
}

/** What is stored of one transcript. */
export interface StoredTranscript {
  readonly total: number;
  /** What was answered to the append that came with this idempotency key. */
  answerTo(idempotencyKey: string): TranscriptAnswer | undefined;
  /** Which of these uuids it holds. */
  holds(uuids: readonly string[]): Promise<ReadonlySet<string>>;
  /** Its entries as lines of JSON text, as they are now. */
  lines(): AsyncIterable<Buffer>;
}

/** Where transcripts are kept once the journal has made them durable. */
export interface TranscriptArchive {
  /** Lends the transcript to `work`; until that is done it stays in memory. */
  holding<T>(key: TranscriptKey, work: (stored: StoredTranscript) => Promise<T>): Promise<T>;
  /** Takes over what is durable. `uuids` are those of the entries; the transcript is being held. */
  apply(change: TranscriptChange, uuids: readonly (string | undefined)[]): void;
  sessions(projectKey: string): Promise<TranscriptListing[]>;
  subkeys(projectKey: string, sessionId: string): Promise<string[]>;
  places(sessionId: string): Promise<TranscriptPlace[]>;
}

export interface TranscriptsParts {
  readonly journal: Journal;
  readonly archive: TranscriptArchive;
  /** ISO 8601 of now. */
  readonly timestamp: () => string;
  /** Bytes of entries that may wait for their turn. */
  readonly maxWaitingBytes: number;
}

/**
 * Transcripts that agents keep for resuming elsewhere. Each is a stream of its own: appends to one are made one
 * after the other, those to different ones share a commit.
 */
export class Transcripts {
  readonly #lanes = new TranscriptLanes();
  #waitingBytes = 0;

  constructor(private readonly parts: TranscriptsParts) {}

  /**
   * Stores the entries that are not stored yet and resolves once they survive power loss. A repeat stores
   * nothing, its summary included.
   * @throws VersionMismatch, Overloaded, StorageUnavailable, StorageFull
   */
  async append(key: TranscriptKey, append: TranscriptAppend): Promise<TranscriptReceipt> {
    if (this.#waitingBytes > this.parts.maxWaitingBytes) throw new Overloaded();
    const bytes = bytesOf(append);
    this.#waitingBytes += bytes;
    try {
      const work = (stored: StoredTranscript) => this.#append(key, append, stored);
      return await this.#lanes.one(key, () => this.parts.archive.holding(key, work));
    } finally {
      this.#waitingBytes -= bytes;
    }
  }

  /** Removes the transcript, and with a main one all those of its session. False: there was none. */
  delete(key: TranscriptKey): Promise<boolean> {
    const work = async (): Promise<boolean> => {
      if (!(await this.#isThere(key))) return false;
      await this.#commit({ kind: "deleted", transcript: key, timestamp: this.parts.timestamp() });
      return true;
    };
    return key.subpath === undefined ? this.#lanes.whole(key, work) : this.#lanes.one(key, work);
  }

  /** @throws TranscriptNotFound where nothing was ever written */
  async get(key: TranscriptKey): Promise<StoredTranscript> {
    const stored = await this.#stored(key);
    if (stored.total === 0) throw new TranscriptNotFound(key.sessionId, key.subpath);
    return stored;
  }

  /** Those of a project that have a main transcript. */
  sessions(projectKey: string): Promise<TranscriptListing[]> {
    return this.parts.archive.sessions(projectKey);
  }

  subkeys(projectKey: string, sessionId: string): Promise<string[]> {
    return this.parts.archive.subkeys(projectKey, sessionId);
  }

  /** Where the session has a main transcript: an agent that goes on elsewhere knows its session only. */
  places(sessionId: string): Promise<TranscriptPlace[]> {
    return this.parts.archive.places(sessionId);
  }

  async #isThere(key: TranscriptKey): Promise<boolean> {
    const { total } = await this.#stored(key);
    if (total > 0 || key.subpath !== undefined) return total > 0;
    return (await this.subkeys(key.projectKey, key.sessionId)).length > 0;
  }

  #stored(key: TranscriptKey): Promise<StoredTranscript> {
    return this.parts.archive.holding(key, (stored) => Promise.resolve(stored));
  }

  async #append(
    transcript: TranscriptKey,
    { entries, summary, ifMatch, idempotencyKey: key }: TranscriptAppend,
    stored: StoredTranscript,
  ): Promise<TranscriptReceipt> {
    const earlier = key === undefined ? undefined : stored.answerTo(key);
    if (earlier !== undefined) return repeated(earlier);
    const index = stored.total;
    if (ifMatch !== undefined && !namesVersion(ifMatch, index))
      throw new VersionMismatch(ifMatch, index, "the transcript has");
    const fresh = await newEntries(stored, entries);
    const duplicates = entries.length - fresh.length;
    const receipt = { stored: fresh.length, duplicates, total: index + fresh.length };
    const changes = fresh.length > 0 || (entries.length === 0 && summary !== undefined);
    if (changes) {
      const timestamp = this.parts.timestamp();
      const raws = fresh.map(({ raw }) => raw);
      const answer = key === undefined ? undefined : { key, ...receipt };
      const change = {
        kind: "appended",
        transcript,
        timestamp,
        index,
        entries: raws,
        summary,
        answer,
      } as const;
      await this.#commit(
        change,
        fresh.map(({ uuid }) => uuid),
      );
    }
    return receipt;
  }

  #commit(change: TranscriptChange, uuids: readonly (string | undefined)[] = []): Promise<void> {
    return new Promise((resolve, reject) => {
      this.parts.journal.append(change, {
        stored: () => {
          this.parts.archive.apply(change, uuids);
          resolve();
        },
        failed: reject,
      });
    });
  }
}

function repeated({ stored, duplicates, total }: TranscriptAnswer): TranscriptReceipt {
  return { stored, duplicates, total, duplicate: true };
}

async function newEntries(
  stored: StoredTranscript,
  entries: readonly TranscriptEntry[],
): Promise<TranscriptEntry[]> {
  const uuids = entries.flatMap(({ uuid }) => (uuid === undefined ? [] : [uuid]));
  const seen = new Set(await stored.holds(uuids));
  const isNew = ({ uuid }: TranscriptEntry): boolean => {
    if (uuid === undefined) return true;
    if (seen.has(uuid)) return false;
    seen.add(uuid);
    return true;
  };
  return entries.filter(isNew);
}

function bytesOf({ entries, summary = "" }: TranscriptAppend): number {
  return entries.reduce((sum, { raw }) => sum + Buffer.byteLength(raw), Buffer.byteLength(summary));
}
