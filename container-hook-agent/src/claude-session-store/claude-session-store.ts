import { createHash } from "node:crypto";
import { drainAtExit } from "../exit-drain.js";
import { chunksOf, entryOf } from "../transcripts/chunk.js";
import { SessionStoreError } from "../transcripts/errors.js";
import { checkKey, type SessionOfProject } from "../transcripts/key.js";
import { persist } from "../transcripts/persist.js";
import { Places } from "../transcripts/places.js";
import { redactedText } from "../transcripts/redaction.js";
import { TranscriptClient } from "../transcripts/transcript-client.js";
import { Delivery } from "./delivery.js";
import { Lanes } from "./lanes.js";
import { resolveStore, type ClaudeSessionStoreOptions, type StoreSettings } from "./options.js";
import type { SessionKey, SessionStoreEntry, SessionSummaryEntry } from "./types.js";

/** What became of what was appended. */
export interface StoreEnd {
  /** Appends that are not stored. */
  readonly pending: number;
}

/**
 * Keeps the transcripts of the Claude Agent SDK in the session storage service, for resuming them elsewhere:
 * `query({ prompt, options: { sessionStore: new ClaudeSessionStore() } })`. Its methods are those of the SDK's
 * `SessionStore`, and throw `SessionStoreError`.
 */
export class ClaudeSessionStore {
  readonly #settings: StoreSettings;
  readonly #client: TranscriptClient;
  readonly #places: Places;
  readonly #lanes: Lanes;
  readonly #detach: () => void;
  #isClosed = false;

  /** @throws where there is no address to store to */
  constructor(options: ClaudeSessionStoreOptions = {}, env: NodeJS.ProcessEnv = process.env) {
    this.#settings = resolveStore(options, env);
    this.#client = new TranscriptClient(this.#settings);
    this.#places = new Places(this.#client, this.#settings);
    this.#lanes = new Lanes(this.#client, this.#places, this.#settings);
    this.#detach = drainAtExit(
      {
        isEmpty: () => this.#lanes.pending === 0,
        flush: (timeoutMs) => this.#lanes.idle(timeoutMs),
      },
      this.#settings.exitTimeoutMs,
    );
  }

  /**
   * Resolves once the entries survive a power loss of the service. An append that was rejected with `unavailable` goes
   * on; a call with the same entries waits for it again, and adds nothing.
   */
  async append(key: SessionKey, entries: SessionStoreEntry[]): Promise<void> {
    this.#check(key);
    if (entries.length === 0) return;
    const { redactor, maxQueuedChars } = this.#settings;
    const whole = entries.map((entry) => JSON.stringify(entry));
    const texts = redactor === undefined ? whole : whole.map((text) => redactedText(text, redactor));
    const lane = this.#lanes.of(key);
    const digest = digestOf(texts);
    let delivery = lane.repeated(digest);
    if (delivery === undefined) {
      const chars = texts.reduce((sum, text) => sum + text.length, 0);
      if (this.#lanes.pendingChars > 0 && this.#lanes.pendingChars + chars > maxQueuedChars) {
        throw new SessionStoreError("full", `${maxQueuedChars} characters are waiting to be stored already`);
      }
      delivery = new Delivery(chunksOf(texts.map(entryOf)), chars, digest);
      this.#lanes.accept(lane, delivery);
    }
    await lane.wait(delivery);
  }

  /** All entries, or null for a transcript that was never written. */
  async load(key: SessionKey): Promise<SessionStoreEntry[] | null> {
    this.#check(key);
    await this.#lanes.idleOf(key);
    return this.#persist(async () => {
      const entries: SessionStoreEntry[] = [];
      const place = await this.#places.locate(key);
      for await (const text of this.#client.entries(place))
        entries.push(JSON.parse(text) as SessionStoreEntry);
      return entries.length === 0 ? null : entries;
    });
  }

  /** Those of a project that have a main transcript. `mtime` is when that was stored to last. */
  async listSessions(projectKey: string): Promise<{ sessionId: string; mtime: number }[]> {
    const sessions = await this.#listed(projectKey);
    return sessions.map(({ sessionId, mtime }) => ({ sessionId, mtime }));
  }

  /** Those that are up to date; the SDK loads the others. */
  async listSessionSummaries(projectKey: string): Promise<SessionSummaryEntry[]> {
    const sessions = await this.#listed(projectKey);
    return sessions.flatMap(({ sessionId, mtime, summary }) => {
      const data = summary?.data;
      const isThere = typeof data === "object" && data !== null && !Array.isArray(data);
      return isThere ? [{ sessionId, mtime, data: data as Record<string, unknown> }] : [];
    });
  }

  /** A main transcript goes with those of its sub-agents, and what waits to be appended to them. */
  async delete(key: SessionKey): Promise<void> {
    this.#check(key);
    await this.#lanes.drop(key);
    await this.#persist(async () => this.#client.remove(await this.#places.locate(key)));
    this.#places.forget(key);
  }

  /** Of the transcripts of a session's sub-agents. */
  async listSubkeys(key: SessionOfProject): Promise<string[]> {
    this.#check(key);
    await this.#lanes.idleOf(key);
    return this.#persist(async () => this.#client.subkeys(await this.#places.locate(key)));
  }

  /** Waits for what is not stored yet, at most `timeoutMs`, and ends. Never throws. */
  async close(timeoutMs = 5_000): Promise<StoreEnd> {
    if (this.#isClosed) return { pending: 0 };
    this.#isClosed = true;
    await this.#lanes.idle(timeoutMs);
    const { pending } = this.#lanes;
    this.#lanes.stop(closed());
    this.#detach();
    await this.#client.close();
    return { pending };
  }

  #listed(projectKey: string): ReturnType<TranscriptClient["sessions"]> {
    if (this.#isClosed) throw closed();
    return this.#persist(() => this.#client.sessions(this.#places.project(projectKey)));
  }

  #check(key: SessionKey): void {
    if (this.#isClosed) throw closed();
    checkKey(key);
  }

  #persist<T>(attempt: () => Promise<T>): Promise<T> {
    const { readTimeoutMs: timeoutMs, random } = this.#settings;
    return persist(attempt, { timeoutMs, random });
  }
}

const closed = (): SessionStoreError => new SessionStoreError("closed", "the store is closed");

function digestOf(texts: readonly string[]): string {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(text).update("\n");
  return hash.digest("base64");
}
