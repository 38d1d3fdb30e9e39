import type { StoredEvent } from "../domain/events.js";
import { boundaryChanges, type BegunRun, type EndedRun, type RunChanges } from "../domain/run-changes.js";
import { boundaryOf } from "../domain/run-keys.js";
import type { Session } from "../domain/session.js";

/** Runs that began or ended, by session, of which the index has not been told. */
export class UntoldRuns {
  readonly #changes = new Map<string, { readonly began: BegunRun[]; readonly ended: EndedRun[] }>();

  note({ sessionId, profile }: Session, events: readonly StoredEvent[]): void {
    if (!events.some((event) => boundaryOf(event) !== undefined)) return;
    const { began, ended } = boundaryChanges(events, profile.forkedFrom?.seq ?? 0);
    const before = this.#changes.get(sessionId);
    if (before === undefined) {
      this.#changes.set(sessionId, { began: [...began], ended: [...ended] });
      return;
    }
    before.began.push(...began);
    before.ended.push(...ended);
  }

  /** Forgets them. */
  take(sessionId: string): RunChanges {
    const { began, ended } = this.#changes.get(sessionId) ?? { began: [], ended: [] };
    this.#changes.delete(sessionId);
    return { began, live: [], ended };
  }
}
