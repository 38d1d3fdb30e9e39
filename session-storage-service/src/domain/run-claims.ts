import type { Command } from "./decide.js";
import { RunTaken } from "./errors.js";

/** Finds the sessions that began runs of these ids, as far as there are any. */
export type RunOwners = (runIds: readonly string[]) => Promise<ReadonlyMap<string, string>>;

interface Claim {
  readonly sessionId: string;
  /** Resolves when nobody holds it any more. */
  readonly released: Promise<void>;
  readonly release: () => void;
  holders: number;
}

/** A run that a command begins under an id of its sender's. */
export interface ClaimedRun {
  readonly runId: string;
  /** Of the command. */
  readonly index: number;
}

/** Undefined where there are none, which is nearly always. */
export function claimedRuns(commands: readonly Command[]): ClaimedRun[] | undefined {
  let claimed: ClaimedRun[] | undefined;
  for (let index = 0; index < commands.length; index += 1) {
    const { type, data } = commands[index] as Command;
    if (type !== "execution_started" || typeof data.runId !== "string") continue;
    (claimed ??= []).push({ runId: data.runId, index });
  }
  return claimed;
}

/** Sees to it that no two sessions begin a run of the same id. */
export class RunClaims {
  readonly #claims = new Map<string, Claim>();

  constructor(private readonly ownersOf: RunOwners) {}

  /**
   * Does `work` while no other session can take these ids. From when it is done the index knows them. Who holds an id
   * need not come to own it, so the others wait for that before they ask.
   * @throws RunTaken naming the command where there are `many`
   */
  async claiming<T>(
    sessionId: string,
    runs: readonly ClaimedRun[],
    many: boolean,
    work: () => Promise<T>,
  ): Promise<T> {
    const refuse = ({ runId, index }: ClaimedRun, owner: string): never => {
      const taken = new RunTaken(runId, owner);
      throw many ? taken.ofEvent(index) : taken;
    };
    for (let other = this.#heldByOther(sessionId, runs); other !== undefined;) {
      await other.released;
      other = this.#heldByOther(sessionId, runs);
    }
    for (const { runId } of runs) this.#hold(runId, sessionId);
    try {
      const owners = await this.ownersOf(runs.map(({ runId }) => runId));
      for (const run of runs) {
        const owner = owners.get(run.runId) ?? sessionId;
        if (owner !== sessionId) refuse(run, owner);
      }
      return await work();
    } finally {
      for (const { runId } of runs) this.#release(runId);
    }
  }

  #heldByOther(sessionId: string, runs: readonly ClaimedRun[]): Claim | undefined {
    return runs
      .map(({ runId }) => this.#claims.get(runId))
      .find((claim) => claim !== undefined && claim.sessionId !== sessionId);
  }

  #hold(runId: string, sessionId: string): void {
    const claim = this.#claims.get(runId) ?? newClaim(sessionId);
    claim.holders += 1;
    this.#claims.set(runId, claim);
  }

  #release(runId: string): void {
    const claim = this.#claims.get(runId);
    if (claim === undefined) return;
    claim.holders -= 1;
    if (claim.holders > 0) return;
    this.#claims.delete(runId);
    claim.release();
  }
}

function newClaim(sessionId: string): Claim {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => (release = resolve));
  return { sessionId, released, release, holders: 0 };
}
