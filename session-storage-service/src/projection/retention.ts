import type { CleanupRequest, CleanupResult } from "session-protocol";
import type { Clock } from "../domain/ports.js";
import { expiryAt, isPassDue, type Expiry } from "../domain/retention.js";
import type { Breather } from "./breather.js";
import type { Log } from "./index-messages.js";
import type { LastPass } from "./last-pass.js";
import type { Manner, RunRetention } from "./run-retention.js";
import type { SessionRetention } from "./session-retention.js";

export interface RetentionParts {
  readonly sessions: SessionRetention;
  readonly runs: RunRetention;
  readonly runTtlDays: number;
  readonly breather: Pick<Breather, "breathe" | "rest">;
  readonly clock: Clock;
  readonly log: Log;
  readonly lastPass: LastPass;
  readonly hourUtc: number;
  readonly sessionTtlDays: number;
  readonly onCleaned: (result: CleanupResult) => void;
}

interface Pass {
  readonly dryRun: boolean;
  readonly tally: Tally;
  readonly failures: Error[];
  /** Sessions that a dry run would have deleted. */
  readonly gone: Set<string>;
}

type Tally = { -readonly [K in keyof Omit<CleanupResult, "duplicate">]: number };

/** Throws away what has outlived its time: when asked, and once a day. */
export class Retention {
  #last: Promise<unknown> = Promise.resolve();
  /** Passes under way that somebody asked for under an idempotency key. */
  readonly #asked = new Map<string, Promise<CleanupResult>>();
  /** When this process began the last daily pass: one that failed is not tried again before the next hour. */
  #triedMs = 0;
  readonly #closing = new AbortController();

  constructor(private readonly parts: RetentionParts) {}

  /**
   * One pass at a time. What fails stays for the next; the first error is thrown when the pass is done. A pass that was
   * asked for before under the same key is not made again: this waits for it, or tells what it came to.
   */
  async cleanup(request: CleanupRequest, key?: string): Promise<CleanupResult> {
    if (key === undefined) return this.#next(request);
    const earlier = this.#asked.get(key) ?? this.parts.lastPass.answerTo(key);
    if (earlier !== undefined) return { ...(await earlier), duplicate: true };
    const pass = this.#next(request);
    this.#asked.set(key, pass);
    try {
      const result = await pass;
      if (!this.#isClosing) this.parts.lastPass.keepAnswer(key, result);
      return result;
    } finally {
      this.#asked.delete(key);
    }
  }

  #next(request: CleanupRequest): Promise<CleanupResult> {
    const pass = this.#last.then(() => this.#pass(request));
    this.#last = pass.catch(() => undefined);
    return pass;
  }

  /** To be called now and then; begins the daily pass when its hour has come, or has passed in the meantime. */
  daily(): void {
    const { clock, hourUtc, lastPass } = this.parts;
    const nowMs = clock.now();
    const isDue = [lastPass.ms, this.#triedMs].every((lastMs) => isPassDue(nowMs, hourUtc, lastMs));
    if (this.#isClosing || !isDue) return;
    this.#triedMs = nowMs;
    this.cleanup({}).catch((error: unknown) => {
      this.parts.log("error", { err: error }, "not all that has expired could be thrown away");
    });
  }

  get #isClosing(): boolean {
    return this.#closing.signal.aborted;
  }

  async #breathe(workedMs: number): Promise<void> {
    await this.parts.breather.breathe(workedMs);
    this.#closing.signal.throwIfAborted();
  }

  /** Resolves when nothing is being thrown away any more. What is left stays for the next start. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#last;
  }

  async #pass({ days, dryRun = false }: CleanupRequest): Promise<CleanupResult> {
    const { clock, log, onCleaned, lastPass, sessionTtlDays, runTtlDays } = this.parts;
    const startedMs = performance.now();
    const tally: Tally = { sessionsDeleted: 0, runsDeleted: 0, nodesDeleted: 0, bytesFreed: 0 };
    const failures: Error[] = [];
    const nowMs = clock.now();
    const gone = new Set<string>();
    await this.#sessions(expiryAt(nowMs, sessionTtlDays, days), { dryRun, tally, failures, gone });
    await this.#runs(expiryAt(nowMs, runTtlDays, days), { dryRun, tally, failures, gone });
    const tookMs = Math.round(performance.now() - startedMs);
    log("info", { ...tally, dryRun, failures: failures.length, tookMs }, "cleaned up");
    if (!dryRun) onCleaned(tally);
    if (!dryRun && days === undefined && !this.#isClosing) lastPass.note(nowMs);
    const [first] = failures;
    if (first !== undefined) throw first;
    return tally;
  }

  async #sessions(expiry: Expiry, { dryRun, tally, failures, gone }: Pass): Promise<void> {
    const { sessions, breather } = this.parts;
    const { signal } = this.#closing;
    for await (const { sessionId, runs, nodes } of sessions.expired(expiry)) {
      if (this.#isClosing) return;
      await this.#attempt(sessionId, failures, async () => {
        const startedMs = performance.now();
        const bytes = await sessions.size(sessionId, expiry);
        if (bytes !== undefined && (dryRun || (await sessions.remove(sessionId, expiry, signal)))) {
          if (dryRun) gone.add(sessionId);
          tally.sessionsDeleted += 1;
          tally.runsDeleted += runs;
          tally.nodesDeleted += nodes;
          tally.bytesFreed += bytes;
        }
        await breather.rest(performance.now() - startedMs, signal);
      });
    }
  }

  async #runs(expiry: Expiry, { dryRun, tally, failures, gone }: Pass): Promise<void> {
    const { runs } = this.parts;
    let manner: Manner | undefined;
    for await (const found of runs.expired(expiry)) {
      if (this.#isClosing) return;
      if (gone.has(found.sessionId)) continue;
      const way = (manner ??= {
        dryRun,
        beforeOffset: await runs.stripsBefore(dryRun),
        breathe: (workedMs) => this.#breathe(workedMs),
      });
      await this.#attempt(found.sessionId, failures, async () => {
        const stripped = await runs.strip(found, way);
        tally.runsDeleted += stripped.runs;
        tally.nodesDeleted += stripped.nodes;
        tally.bytesFreed += stripped.bytes;
      });
    }
  }

  /** One session that fails must not keep the others. */
  async #attempt(sessionId: string, failures: Error[], work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (this.#isClosing) return;
      failures.push(error as Error);
      this.parts.log("error", { err: error, sessionId }, "what has expired could not be thrown away");
    }
  }
}
