import type { SessionOfProject, TranscriptKey } from "../transcripts/key.js";
import type { Places } from "../transcripts/places.js";
import { SessionStoreError } from "../transcripts/errors.js";
import type { TranscriptClient } from "../transcripts/transcript-client.js";
import { TranscriptWriter } from "../transcripts/transcript-writer.js";
import type { Delivery } from "./delivery.js";
import { FoldedSummary } from "./folded-summary.js";
import { installedFold } from "./installed-sdk.js";
import { Lane } from "./lane.js";
import type { StoreSettings } from "./options.js";

/** Lanes that nothing waits in are kept, for what they know of their transcripts, up to so many. */
const MAX_LANES = 1_000;

interface Kept {
  readonly key: TranscriptKey;
  readonly lane: Lane;
}

/** One lane for each transcript that is appended to. */
export class Lanes {
  readonly #client: TranscriptClient;
  readonly #places: Places;
  readonly #settings: StoreSettings;
  readonly #lanes = new Map<string, Kept>();
  #pending = 0;
  #pendingChars = 0;

  constructor(client: TranscriptClient, places: Places, settings: StoreSettings) {
    this.#client = client;
    this.#places = places;
    this.#settings = settings;
  }

  /** Appends that are neither stored nor refused. */
  get pending(): number {
    return this.#pending;
  }

  get pendingChars(): number {
    return this.#pendingChars;
  }

  of(key: TranscriptKey): Lane {
    const name = nameOf(key);
    const { lane } = this.#lanes.get(name) ?? { lane: this.#create(key) };
    // Last of all: those that come first are the longest unused.
    this.#lanes.delete(name);
    this.#evict();
    this.#lanes.set(name, { key, lane });
    return lane;
  }

  accept(lane: Lane, delivery: Delivery): void {
    this.#pending += 1;
    this.#pendingChars += delivery.chars;
    lane.accept(delivery);
  }

  /** Resolves when what was appended to a session by now is stored or refused. @throws SessionStoreError */
  async idleOf({ projectKey, sessionId }: SessionOfProject): Promise<void> {
    const lanes = [...this.#lanes.values()].filter(
      ({ key }) => key.projectKey === projectKey && key.sessionId === sessionId,
    );
    await Promise.all(lanes.map(({ lane }) => lane.idle(this.#settings.readTimeoutMs)));
  }

  /** Waits at most `timeoutMs` until nothing is pending; answers whether nothing is. */
  async idle(timeoutMs: number): Promise<boolean> {
    const waits = [...this.#lanes.values()].map(({ lane }) => lane.idle(timeoutMs));
    await Promise.allSettled(waits);
    return this.#pending === 0;
  }

  /** What waits to be appended to a transcript, or with a main one to any of its session, is no longer wanted. */
  async drop({ projectKey, sessionId, subpath }: TranscriptKey): Promise<void> {
    const gone = [...this.#lanes].filter(
      ([, { key }]) =>
        key.projectKey === projectKey &&
        key.sessionId === sessionId &&
        (subpath === undefined || key.subpath === subpath),
    );
    for (const [name] of gone) this.#lanes.delete(name);
    await Promise.all(
      gone.map(([, { lane }]) => lane.stop(new SessionStoreError("refused", "it was deleted"))),
    );
  }

  stop(error: Error): void {
    for (const { lane } of this.#lanes.values()) void lane.stop(error);
  }

  #create(key: TranscriptKey): Lane {
    const { appendTimeoutMs, random } = this.#settings;
    return new Lane({
      appendTimeoutMs,
      random,
      open: () => this.#open(key),
      onSettled: ({ chars }) => {
        this.#pending -= 1;
        this.#pendingChars -= chars;
      },
    });
  }

  async #open(key: TranscriptKey): Promise<TranscriptWriter> {
    const { fold: own } = this.#settings;
    const place = await this.#places.locate(key);
    const fold = own ?? (await installedFold());
    if (fold === undefined || fold === false) return new TranscriptWriter(this.#client, place);
    const { projectKey, sessionId } = key;
    const read = (): AsyncIterable<string> => this.#client.entries(place);
    return new TranscriptWriter(
      this.#client,
      place,
      new FoldedSummary({ key: { projectKey, sessionId }, fold, read }),
    );
  }

  #evict(): void {
    for (const [name, { lane }] of this.#lanes) {
      if (this.#lanes.size < MAX_LANES) return;
      if (lane.isIdle) this.#lanes.delete(name);
    }
  }
}

const nameOf = ({ projectKey, sessionId, subpath }: TranscriptKey): string =>
  JSON.stringify([projectKey, sessionId, subpath]);
