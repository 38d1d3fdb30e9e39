import type { SessionSummary } from "../domain/reading.js";
import { joined, NO_RUN_CHANGES } from "../domain/run-changes.js";
import { newestUsage } from "../domain/usage.js";
import type { Changes } from "./index-messages.js";

/** What changes that are not applied yet say of whose a run is: sessions by the runs they began, and those that went. */
export interface UnappliedOwners {
  readonly owners: ReadonlyMap<string, string>;
  readonly deleted: ReadonlySet<string>;
}

/** Whose a run is, going by the newest that says so, and at last by what is applied. */
export function ownerOf(
  runId: string,
  newestFirst: readonly UnappliedOwners[],
  applied: string | undefined,
): string | undefined {
  const isGone = (owner: string, after: number): boolean =>
    newestFirst.slice(0, after).some(({ deleted }) => deleted.has(owner));
  const told = newestFirst.map(({ owners }) => owners.get(runId));
  return [...told, applied].find((owner, place) => owner !== undefined && !isGone(owner, place));
}

/** Changes that are not on their way to the worker yet: the newest summary of each session, in order of change. */
export class PendingChanges {
  readonly #summaries = new Map<string, SessionSummary>();
  #deleted = new Set<string>();
  /** Sessions by the runs that they have begun. */
  #owners = new Map<string, string>();
  #appliedOffset: number;
  #isEmpty = true;

  constructor(appliedOffset: number) {
    this.#appliedOffset = appliedOffset;
  }

  get isEmpty(): boolean {
    return this.#isEmpty;
  }

  /** Stays as it is when these changes are taken. */
  get owners(): UnappliedOwners {
    return { owners: this.#owners, deleted: this.#deleted };
  }

  add(summaries: readonly SessionSummary[], deleted: readonly string[], appliedOffset: number): void {
    for (const sessionId of deleted) {
      const gone = this.#summaries.get(sessionId)?.runs?.began ?? [];
      for (const { runId } of gone) if (this.#owners.get(runId) === sessionId) this.#owners.delete(runId);
      this.#summaries.delete(sessionId);
      this.#deleted.add(sessionId);
    }
    for (const summary of summaries) this.#put(summary);
    this.#appliedOffset = appliedOffset;
    this.#isEmpty = false;
  }

  /** Everything, which then is no longer pending. */
  take(): TakenChanges {
    const taken = new TakenChanges(
      [...this.#summaries.values()],
      [...this.#deleted],
      this.#appliedOffset,
      this.owners,
    );
    this.#summaries.clear();
    this.#deleted = new Set();
    this.#owners = new Map();
    this.#isEmpty = true;
    return taken;
  }

  /** Takes back what could not be applied, under what has come since. */
  putBack({ summaries, deleted }: TakenChanges): void {
    for (const summary of summaries) {
      const { sessionId } = summary.metadata;
      if (this.#deleted.has(sessionId)) continue;
      const newer = this.#summaries.get(sessionId);
      this.#summaries.set(sessionId, newer === undefined ? summary : merged(summary, newer));
      this.#own(summary);
    }
    for (const sessionId of deleted) this.#deleted.add(sessionId);
    this.#isEmpty = false;
  }

  #put(summary: SessionSummary): void {
    const { sessionId } = summary.metadata;
    const before = this.#summaries.get(sessionId);
    this.#summaries.set(sessionId, before === undefined ? summary : merged(before, summary));
    this.#own(summary);
  }

  #own({ metadata: { sessionId }, runs }: SessionSummary): void {
    for (const { runId, isCopy } of runs?.began ?? []) if (!isCopy) this.#owners.set(runId, sessionId);
  }
}

/** The newer one, with what only the older one knows. */
function merged(older: SessionSummary, newer: SessionSummary): SessionSummary {
  return {
    ...newer,
    firstOffset: newer.firstOffset || older.firstOffset,
    lastOffset: newer.lastOffset || older.lastOffset,
    usage: newestUsage([...(older.usage ?? []), ...(newer.usage ?? [])]),
    runs: joined(older.runs ?? NO_RUN_CHANGES, newer.runs ?? NO_RUN_CHANGES),
  };
}

export class TakenChanges {
  constructor(
    readonly summaries: readonly SessionSummary[],
    readonly deleted: readonly string[],
    readonly appliedOffset: number,
    readonly owners: UnappliedOwners,
  ) {}

  /** As the worker takes them: each metadata as the text that is stored. */
  pack(): Changes {
    const summaries = this.summaries.map(({ metadata, ...rest }) => ({
      ...rest,
      metadata: JSON.stringify(metadata),
    }));
    return { summaries, deleted: this.deleted, appliedOffset: this.appliedOffset };
  }
}
