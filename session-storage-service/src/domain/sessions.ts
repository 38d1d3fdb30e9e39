import type { ForkOrigin, ForkRequest } from "session-protocol";
import type { Command } from "./decide.js";
import { InvalidRequest, SessionExists, SessionNotFound, StorageUnavailable } from "./errors.js";
import type { StoredEvent } from "./events.js";
import { Families } from "./families.js";
import { HotCache, type HotLimits } from "./hot-cache.js";
import { HotSession, type HotSessionParts, type KnownIds } from "./hot-session.js";
import type { SessionArchive } from "./ports.js";
import { claimedRuns, RunClaims, type RunOwners } from "./run-claims.js";
import { boundaryOf, runKey, runOf } from "./run-keys.js";
import type { Session } from "./session.js";
import type { Creation, Outcome, Receipt, Submission } from "./submission.js";
import { wellFormed } from "./well-formed.js";

export interface SessionsParts extends HotSessionParts {
  readonly archive: SessionArchive;
  readonly limits: HotLimits;
  readonly runOwners: RunOwners;
}

const SESSION_DELETED: Command = { type: "session_deleted", data: {}, raw: "{}" };

/**
 * Every session there is. The one writer of the journal: a submission is decided on the session's accepted
 * state and answered when it is durable.
 */
export class Sessions {
  readonly #hot: HotCache;
  readonly #opening = new Map<string, Promise<HotSession>>();
  readonly #removing = new Map<string, Promise<void>>();
  /** Forks whose history is still being copied: not to be seen yet. */
  readonly #unfinished = new Set<string>();
  readonly #families = new Families((sessionId, submission) => this.#submit(sessionId, submission));
  readonly #claims: RunClaims;

  constructor(private readonly parts: SessionsParts) {
    this.#claims = new RunClaims(parts.runOwners);
    this.#hot = new HotCache(parts.limits, parts.archive);
  }

  get hotCount(): number {
    return this.#hot.size;
  }

  /** Keeps memory within its limits; to be called from time to time. */
  trim(): void {
    this.#hot.trim();
  }

  /**
   * Stores what the commands come to, all or none, and resolves once that survives power loss.
   * @throws RecorderError
   */
  submit(sessionId: string, sent: Submission): Promise<Receipt> {
    const submission = wellFormed(sent);
    const runs = claimedRuns(submission.commands);
    const work = (): Promise<Receipt> => this.#submit(sessionId, submission);
    const receipt =
      runs === undefined ? work() : this.#claims.claiming(sessionId, runs, submission.many === true, work);
    return submission.create === undefined ? receipt : this.#families.linking(receipt);
  }

  /** Creates a session, or finds the one that exists for the same user. */
  create(sessionId: string, creation: Creation): Promise<Receipt> {
    return this.submit(sessionId, { commands: [], create: creation });
  }

  #submit(sessionId: string, submission: Submission): Promise<Receipt> {
    const hot = this.#unfinished.has(sessionId) ? undefined : this.#hot.get(sessionId);
    const receipt = hot?.deleted === false ? hot.submit(submission) : undefined;
    return receipt ?? this.#submitSlowly(sessionId, submission);
  }

  /** The session as far as it is durable. @throws SessionNotFound */
  async get(sessionId: string): Promise<Session> {
    const hot = await this.#open(sessionId);
    // Ids that are asked for but not there must not push sessions out of memory.
    if (hot.isUnused) this.#hot.delete(hot);
    if (hot.durable === undefined || hot.deleted || this.#unfinished.has(sessionId))
      throw new SessionNotFound(sessionId);
    return hot.durable;
  }

  /** A durable event by its seq. */
  event(sessionId: string, seq: number): Promise<StoredEvent | undefined> {
    return this.parts.archive.event(sessionId, seq);
  }

  /**
   * Removes the session and its files; its id may be used anew. A repeat of `id` is told what the first did, and
   * leaves alone who has the session's id by then.
   */
  delete(sessionId: string, id?: string): Promise<Outcome> {
    return this.#holding(sessionId, async (hot) => {
      await this.#loadIds(hot);
      for (;;) {
        const known = id === undefined ? undefined : await this.#lookUpDeletion(hot, id);
        if (known !== undefined && "seq" in known) return known;
        // By another that asked at the same time, maybe under the same id.
        if (known !== undefined && this.#removing.has(sessionId)) continue;
        if (!hot.exists || this.#unfinished.has(sessionId)) throw new SessionNotFound(sessionId);
        const receipt = await this.#removeDurably(hot, id, known);
        if (receipt !== undefined) return { seq: receipt.session.seq, duplicate: false };
      }
    });
  }

  /** What is known of an id that is to delete the session: that it has, or which of the session's events it is. */
  async #lookUpDeletion(hot: HotSession, id: string): Promise<Outcome | KnownIds> {
    await this.#removing.get(hot.sessionId)?.catch(() => undefined);
    const earlier = this.parts.archive.deletion(hot.sessionId, id);
    if (earlier !== undefined) return { seq: earlier.seq, duplicate: true, event: earlier };
    const known = await this.#lookUp(hot, [{ ...SESSION_DELETED, id }]);
    const event = known.found.get(id);
    return event === undefined ? known : { seq: event.seq, duplicate: true, event };
  }

  /**
   * Removes the session as it stands if `prepare` says yes and it has not changed by then. Whether it did.
   */
  deleteAsItIs(sessionId: string, prepare: (session: Session) => Promise<boolean>): Promise<boolean> {
    return this.#holding(sessionId, async (hot) => {
      await this.#loadIds(hot);
      const { durable } = hot;
      if (durable === undefined || this.#unfinished.has(sessionId) || !(await prepare(durable))) return false;
      if (hot.durable !== durable || hot.pending > 0 || hot.deleted) return false;
      return (await this.#removeDurably(hot)) !== undefined;
    });
  }

  /** Undefined where it has to be looked up first whether the id is that of another event. */
  async #removeDurably(hot: HotSession, id?: string, known?: KnownIds): Promise<Receipt | undefined> {
    const submitted = hot.submit({ commands: [{ ...SESSION_DELETED, id }] }, known);
    if (submitted !== undefined) await this.#remove(hot, submitted);
    return submitted;
  }

  /**
   * Takes the files away once `ready` resolves. Meanwhile nobody opens the session. What was deleted stays
   * so: where the files cannot be removed, the next start does it.
   */
  async #remove(hot: HotSession, ready: Promise<unknown>): Promise<void> {
    const { sessionId } = hot;
    hot.deleted = true;
    const stored = ready.catch((error: unknown) => {
      hot.deleted = false;
      throw error;
    });
    const removed = stored.then(() => this.parts.archive.remove(sessionId));
    this.#removing.set(sessionId, removed);
    try {
      await removed;
      this.#hot.delete(hot);
    } finally {
      this.#removing.delete(sessionId);
    }
  }

  /**
   * Copies a session's history up to `atSeq` into a new session, in bounded steps. Until the last step is
   * durable the new session is not to be seen; `isIncompleteFork` tells one that a crash cut short.
   */
  async fork(sourceId: string, targetId: string, { atSeq }: Pick<ForkRequest, "atSeq">): Promise<Session> {
    const source = await this.get(sourceId);
    const upTo = atSeq ?? source.seq;
    if (upTo > source.seq) throw InvalidRequest.at("atSeq", `the session has ${String(source.seq)} events`);
    return this.#holding(targetId, async (hot) => {
      if (this.#unfinished.has(targetId) || hot.exists)
        throw new SessionExists(targetId, "and a fork makes a new one");
      this.#unfinished.add(targetId);
      try {
        return await this.#copy(hot, { sessionId: sourceId, seq: upTo });
      } catch (error) {
        await this.#remove(hot, this.#retract(hot));
        throw error;
      } finally {
        this.#unfinished.delete(targetId);
      }
    });
  }

  /** Tells readers that have seen some of an unfinished fork that it is gone. */
  async #retract(hot: HotSession): Promise<void> {
    if (!hot.exists) return;
    await Promise.resolve(hot.submit({ commands: [SESSION_DELETED] })).catch(() => undefined);
  }

  async #copy(target: HotSession, source: ForkOrigin): Promise<Session> {
    const forking = { ...source, at: this.parts.timestamp() };
    for await (const events of this.parts.archive.events(source.sessionId, 0, source.seq)) {
      await target.copy(events, forking);
    }
    if (target.durable?.seq !== source.seq) throw new SessionNotFound(source.sessionId);
    return target.durable;
  }

  async #submitSlowly(sessionId: string, submission: Submission): Promise<Receipt> {
    for (;;) {
      const receipt = await this.#holding(sessionId, (hot) => this.#attempt(hot, submission));
      if (receipt !== undefined) return receipt;
    }
  }

  /** Undefined where another has changed what was looked up: to be tried again. */
  async #attempt(hot: HotSession, submission: Submission): Promise<Receipt | undefined> {
    const { sessionId } = hot;
    if (this.#unfinished.has(sessionId) || !(hot.exists || submission.create !== undefined)) {
      throw new SessionNotFound(sessionId);
    }
    if (hot.deleted && this.#hot.get(sessionId) === hot && !this.#removing.has(sessionId)) {
      throw new StorageUnavailable(`the files of the deleted session ${sessionId} could not be removed yet`);
    }
    await this.#loadIds(hot);
    const known = await this.#lookUp(hot, submission.commands);
    if (hot.deleted || this.#unfinished.has(sessionId)) return undefined;
    return hot.submit(submission, known);
  }

  /** Of several that load them the first counts: from then on the session adds to them. */
  async #loadIds(hot: HotSession): Promise<void> {
    if (hot.ids !== undefined) return;
    const ids = await this.parts.archive.eventIds(hot.sessionId);
    hot.ids ??= ids;
  }

  /** Settles for every id that may be a repeat whether it is one. */
  async #lookUp(hot: HotSession, commands: readonly Command[]): Promise<KnownIds> {
    const found = new Map<string, StoredEvent>();
    const absent = new Map<string, number>();
    const lookUp = async (key: string, isIt: (event: StoredEvent) => boolean): Promise<void> => {
      const candidates = await hot.candidates(key);
      for (const seq of candidates) {
        const event = await this.parts.archive.event(hot.sessionId, seq);
        if (event !== undefined && isIt(event) && (found.get(key)?.seq ?? Infinity) > seq)
          found.set(key, event);
      }
      if (!found.has(key)) absent.set(key, candidates.length);
    };
    for (const command of commands) {
      const { id } = command;
      const runId = runOf(command);
      if (id !== undefined) await lookUp(id, (event) => event.id === id);
      if (runId !== undefined) await lookUp(runKey(runId), (event) => boundaryOf(event) === runId);
    }
    return { found, absent };
  }

  /** Runs `work` on the session in memory, which stays there meanwhile: two would give the same seq twice. */
  async #holding<T>(sessionId: string, work: (hot: HotSession) => Promise<T>): Promise<T> {
    await this.#removing.get(sessionId)?.catch(() => undefined);
    let hot = this.#hot.get(sessionId);
    for (; hot === undefined; hot = this.#hot.get(sessionId)) await this.#open(sessionId);
    hot.holders += 1;
    try {
      return await work(hot);
    } finally {
      hot.holders -= 1;
    }
  }

  /** The session in memory, loaded once however many ask. */
  async #open(sessionId: string): Promise<HotSession> {
    const hot = this.#hot.get(sessionId);
    if (hot !== undefined) return hot;
    const opening = this.#opening.get(sessionId) ?? this.#load(sessionId);
    this.#opening.set(sessionId, opening);
    return opening;
  }

  async #load(sessionId: string): Promise<HotSession> {
    try {
      await this.#removing.get(sessionId)?.catch(() => undefined);
      const hot = new HotSession(sessionId, this.parts, await this.parts.archive.load(sessionId));
      this.#hot.set(hot);
      return hot;
    } finally {
      this.#opening.delete(sessionId);
    }
  }

  /** @see Families.link */
  linkFamily(session: Session): Promise<void> {
    return this.#families.link(session);
  }
}

/** Whether a crash cut the copying of this fork's history short. */
export function isIncompleteFork({ seq, profile }: Session): boolean {
  return profile.forkedFrom !== null && seq < profile.forkedFrom.seq;
}
