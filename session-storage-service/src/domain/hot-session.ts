import type { ProducerReport } from "session-protocol";
import type { Command } from "./decide.js";
import { Copy, Draft, type Drafted, type DraftParts } from "./draft.js";
import { EventIds } from "./event-ids.js";
import type { EventBatch, ProducerTotals, StoredEvent } from "./events.js";
import type { Journal, OnStored } from "./ports.js";
import { addKeys, removeKeys, runKey, runOf } from "./run-keys.js";
import { withProducer, type Forking, type Session } from "./session.js";
import type { Outcome, Receipt, Submission } from "./submission.js";

/** Ids, and runs by their keys, already looked up: found ones with their event, absent ones with how many candidates were ruled out. */
export interface KnownIds {
  readonly found: ReadonlyMap<string, StoredEvent>;
  readonly absent: ReadonlyMap<string, number>;
}

export interface HotSessionParts extends DraftParts {
  readonly journal: Journal;
  readonly onStored: OnStored;
  /** Told when a producer has said that it lives, and nothing else that is new. */
  readonly onHeard: (session: Session) => void;
}

const NOTHING_KNOWN: KnownIds = { found: new Map(), absent: new Map() };

/**
 * One session in memory. Writers decide on `accepted`, which runs ahead of the disk, so that they share a
 * commit; readers see `durable`. When a commit fails, everything accepted since falls back to `durable`.
 */
export class HotSession {
  durable: Session | undefined;
  /** Set while its files are being removed: nothing more is accepted. */
  deleted = false;
  /** For the cache's second chance. */
  used = true;
  /** How many are working on it: until they are done it has to stay in memory. */
  holders = 0;
  /** Of all that was accepted, also of what is still on its way to the disk. */
  ids: EventIds | undefined;
  /** Appends on their way to the disk, oldest first. */
  readonly #inFlight: Promise<Receipt>[] = [];
  #accepted: Session | undefined;
  /** No less than the accepted state takes as JSON. */
  #stateChars: number;

  constructor(
    readonly sessionId: string,
    readonly parts: HotSessionParts,
    session: Session | undefined,
  ) {
    this.durable = session;
    this.#accepted = session;
    this.#stateChars = JSON.stringify(session?.state ?? {}).length;
    if (session === undefined) this.ids = new EventIds();
  }

  /** Whether there is no such session and nobody is about to make it. */
  get isUnused(): boolean {
    return this.#accepted === undefined && this.durable === undefined && this.holders === 0 && !this.deleted;
  }

  /** How many appends are on their way to the disk. */
  get pending(): number {
    return this.#inFlight.length;
  }

  get exists(): boolean {
    return this.#accepted !== undefined && !this.deleted;
  }

  /**
   * Decides and appends at once. Undefined: an id may be a repeat and has to be looked up first.
   * @throws RecorderError when a command is refused; nothing is stored then.
   */
  submit(submission: Submission, known: KnownIds = NOTHING_KNOWN): Promise<Receipt> | undefined {
    const ids = this.ids;
    if (ids === undefined) return undefined;
    const draft = new Draft(this.sessionId, this.parts, this.#accepted, submission.create, this.#stateChars);
    const inBatch = submission.commands.length > 1 ? new Map<string, number>() : undefined;
    const { commands, many } = submission;
    for (let index = 0; index < commands.length; index += 1) {
      const command = commands[index] as Command;
      const { id } = command;
      if (id !== undefined) {
        const found = known.found.get(id);
        const seq = found?.seq ?? inBatch?.get(id);
        if (seq !== undefined) {
          draft.outcomes.push({ seq, duplicate: true, redelivered: true, event: found });
          continue;
        }
        if (this.#isUnsettled(id, ids, known)) return undefined;
      }
      const runId = runOf(command);
      if (runId !== undefined && !this.#settlesRun(runId, draft, ids, known)) return undefined;
      draft.add(command, many === true ? index : undefined);
      if (id !== undefined) inBatch?.set(id, draft.outcomes.at(-1)?.seq ?? draft.session.seq);
    }
    const appended = this.#append(draft, submission);
    this.#stateChars = draft.stateChars;
    return appended;
  }

  /** Whether it has to be looked up first what the key stands for. */
  #isUnsettled(key: string, ids: EventIds, known: KnownIds): boolean {
    return ids.mayHold(key) && known.absent.get(key) !== ids.candidates(key).length;
  }

  /**
   * Seqs of durable events that may be what the key stands for. Waits for those that are still on their way.
   * @throws what kept one of them from being stored
   */
  async candidates(key: string): Promise<readonly number[]> {
    for (;;) {
      const found = this.ids?.candidates(key) ?? [];
      const durableSeq = this.durable?.seq ?? 0;
      const [oldest] = this.#inFlight;
      if (oldest === undefined || found.every((seq) => seq <= durableSeq)) return found;
      await oldest;
    }
  }

  /** Whether it is known of the run that it is open, has ended, or is none of this session. */
  #settlesRun(runId: string, draft: Draft, ids: EventIds, known: KnownIds): boolean {
    if (draft.session.runs.open.has(runId) || draft.endedRuns?.has(runId) === true) return true;
    const ended = known.found.get(runKey(runId));
    if (ended === undefined) return !this.#isUnsettled(runKey(runId), ids, known);
    draft.runEnded(runId, ended.seq);
    return true;
  }

  /** Takes events of another session's history over as this one's own, under the seqs they had. */
  async copy(history: readonly StoredEvent[], forkedFrom: Forking): Promise<void> {
    const draft = new Copy(this.sessionId, this.#accepted);
    for (const event of history) draft.add(event, forkedFrom);
    this.ids ??= new EventIds();
    await this.#append(draft, { commands: [] });
  }

  #append(draft: Drafted, { producer, onDurable }: Submission): Promise<Receipt> {
    const totals = producerTotals(draft, producer);
    const after = withProducer(draft.session, totals);
    const { events, outcomes, created } = draft;
    if (events.length === 0 && totals === undefined) {
      if (producer !== undefined) this.parts.onHeard(after);
      return this.#unchanged(after, outcomes);
    }

    const appended = new Deferred<Receipt>();
    const batch: EventBatch = {
      sessionId: this.sessionId,
      firstSeq: after.seq - events.length + 1,
      timestamp: draft.timestamp,
      events,
      producer: totals,
    };
    this.parts.journal.append(batch, {
      stored: (firstOffset) => {
        const receipt = { session: after, outcomes, events, created };
        void this.#inFlight.shift();
        placeFrom(events, firstOffset);
        onDurable?.(receipt);
        this.#stored(after, events);
        appended.resolve(receipt);
      },
      failed: (error) => {
        this.#failed(events);
        appended.reject(error);
      },
    });
    this.#accepted = after;
    this.#inFlight.push(appended.promise);
    if (this.ids !== undefined) for (const event of events) addKeys(this.ids, event, event.seq);
    return appended.promise;
  }

  #stored(after: Session, events: readonly StoredEvent[]): void {
    this.durable = after;
    this.parts.onStored(after, events);
  }

  /** What was accepted after it was decided on it, and fails as well. */
  #failed(events: readonly StoredEvent[]): void {
    void this.#inFlight.shift();
    this.#accepted = this.durable;
    if (this.ids !== undefined) for (const event of events) removeKeys(this.ids, event, event.seq);
  }

  /** A repeat is answered only when what it repeats is durable. */
  async #unchanged(session: Session, outcomes: readonly Outcome[]): Promise<Receipt> {
    if (this.durable !== this.#accepted) await this.#inFlight.at(-1);
    return { session, outcomes, events: [], created: false };
  }
}

function placeFrom(events: readonly StoredEvent[], firstOffset: number): void {
  let offset = firstOffset;
  for (const event of events) {
    event.offset = offset;
    offset += 1;
  }
}

/**
 * Undefined where they say nothing new. An event that another has made needless is nothing its producer lost,
 * so it counts as stored.
 */
function producerTotals(draft: Drafted, report: ProducerReport | undefined): ProducerTotals | undefined {
  if (report === undefined) return undefined;
  const before = draft.session.producers.find(({ id }) => id === report.id);
  const redelivered = draft.outcomes.filter((outcome) => outcome.redelivered === true).length;
  const totals = {
    id: report.id,
    recorded: Math.max(before?.recorded ?? 0, report.recorded),
    dropped: Math.max(before?.dropped ?? 0, report.dropped),
    stored: (before?.stored ?? 0) + draft.outcomes.length - redelivered,
    duplicates: (before?.duplicates ?? 0) + redelivered,
  };
  return before !== undefined && saysTheSame(before, totals) ? undefined : totals;
}

function saysTheSame(one: ProducerTotals, other: ProducerTotals): boolean {
  const { recorded, dropped, stored, duplicates } = other;
  return (
    one.recorded === recorded &&
    one.dropped === dropped &&
    one.stored === stored &&
    one.duplicates === duplicates
  );
}

class Deferred<T> {
  resolve!: (value: T) => void;
  reject!: (error: Error) => void;
  readonly promise = new Promise<T>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
}
