import type { BatchHeader, ProducerReport } from "session-protocol";
import type { Backlog, Batch } from "./backlog.js";
import { classifyRefusal, describeRefusal } from "./rejection.js";
import { retryDelayMs, type Answer, type Reply } from "./retry-delay.js";
import type { Transport } from "./transport.js";
import { pause, slice, Waiters } from "./waiting.js";
import type { WarnOnce } from "./warnings.js";

export interface UploaderOptions {
  readonly backlog: Backlog;
  readonly transport: Transport;
  readonly sessionId: string;
  /** What the session is made from if it does not exist. */
  readonly create: NonNullable<BatchHeader["create"]>;
  readonly batch: { readonly maxEvents: number; readonly maxBytes: number };
  readonly random: () => number;
  readonly warnOnce: WarnOnce;
}

/** Lets what is recorded in the same breath share a request. */
const LINGER_MS = 1;

/**
 * Sends what is in the backlog, oldest first, one batch at a time, until it is empty or the uploader is stopped.
 * Its timers and sockets never keep the process alive; only someone waiting for it does.
 */
export class Uploader {
  readonly #options: UploaderOptions;
  readonly #path: string;
  readonly #waiters: Waiters;
  #running = false;
  #stopped = false;
  #isLast = false;
  /** Since the last answer that settled something, or since someone began to wait. */
  #attempt = 0;
  #failuresInRow = 0;
  #sendCreate = true;
  /** Whether `#sendCreate` was turned over since the last acknowledgement: a second refusal is final. */
  #turned = false;
  /** Below the most a batch may hold while an event that was refused without being named is looked for. */
  #narrowed: number;
  #resume: (() => void) | undefined;
  #answeredAtMs = -Infinity;

  constructor(options: UploaderOptions) {
    this.#options = options;
    this.#path = `/api/sessions/${encodeURIComponent(options.sessionId)}/batch`;
    this.#narrowed = options.batch.maxEvents;
    this.#waiters = new Waiters(options.backlog);
  }

  get isRunning(): boolean {
    return this.#running;
  }

  /** When the service last took something, on the monotonic clock. */
  get answeredAtMs(): number {
    return this.#answeredAtMs;
  }

  /** Something was queued. */
  wake(): void {
    if (this.#running || this.#stopped) return;
    this.#running = true;
    setTimeout(() => void this.#run(), LINGER_MS).unref();
  }

  /** Someone waits: a backoff is cut short. What the service asked for with Retry-After is not. */
  hurry(): void {
    this.#attempt = 0;
    this.#resume?.();
  }

  /**
   * Resolves once all that is queued now has been answered for, or after `timeoutMs`, or with `untilFailure` when the
   * service is in trouble. Keeps the process alive as long.
   */
  settled(timeoutMs: number, untilFailure = false): Promise<void> {
    this.#options.backlog.adopt();
    return this.#stopped ? Promise.resolve() : this.#waiters.wait(timeoutMs, untilFailure);
  }

  /** The process is about to end: what can be is sent, for at most `timeoutMs`, and nothing goes on afterwards. */
  async settleLast(timeoutMs: number, untilFailure: boolean): Promise<void> {
    this.#isLast = true;
    this.hurry();
    await this.settled(timeoutMs, untilFailure);
    this.#isLast = false;
    this.#options.transport.cut?.();
  }

  /** Tells the service that the process lives: a batch without events. Never rejects. */
  async beat(): Promise<Reply> {
    const { transport, backlog } = this.#options;
    const body = this.#body(backlog.producer, []);
    const reply = await this.#post(transport, body).catch((error: unknown) => ({ failure: String(error) }));
    if ("status" in reply && reply.status < 300) this.#answeredAtMs = performance.now();
    return reply;
  }

  /** Cuts what is in flight. What is queued stays in the backlog. Never rejects. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#resume?.();
    this.#waiters.releaseAll();
    try {
      await this.#options.transport.close();
    } catch (error) {
      this.#options.warnOnce("transport", `the connection could not be closed: ${String(error)}`);
    }
  }

  async #run(): Promise<void> {
    const { backlog, batch } = this.#options;
    try {
      backlog.adopt();
      while (!this.#stopped && backlog.size > 0) {
        await slice((enough) => backlog.seal(batch.maxEvents, enough));
        const next = backlog.next(this.#narrowed, batch.maxBytes);
        if (next.events.length > 0) await this.#sendBatch(next);
        this.#waiters.release();
      }
    } catch (error) {
      this.#options.warnOnce("uploader", `the hook agent failed and stopped sending: ${String(error)}`);
      await this.stop();
    } finally {
      this.#running = false;
    }
  }

  async #sendBatch({ producer, events }: Batch): Promise<void> {
    const { transport, random } = this.#options;
    const lines = events.map(({ line }) => line);
    const reply = await this.#post(transport, this.#body(producer, lines));
    if ("status" in reply && isStored(reply)) {
      this.#acknowledged(events.length);
      return;
    }
    if (this.#stopped) return;

    const delayMs = retryDelayMs(this.#attempt, reply, random);
    if (delayMs === undefined) {
      this.#refused(reply as Answer, events.length);
      return;
    }
    this.#options.backlog.release();
    this.#attempt += 1;
    this.#failuresInRow += 1;
    this.#warnOfFailure(reply);
    this.#waiters.releaseImpatient();
    await this.#pause(delayMs, "status" in reply && reply.retryAfterMs !== undefined);
  }

  #post(transport: Transport, body: string): Promise<Reply> {
    return transport.request({ method: "POST", path: this.#path, body, isLast: this.#isLast });
  }

  #body(producer: ProducerReport, lines: readonly string[]): string {
    const { create } = this.#options;
    const header: BatchHeader = { ...(this.#sendCreate && { create }), producer };
    return [JSON.stringify({ batch: header }), ...lines, ""].join("\n");
  }

  #acknowledged(count: number): void {
    this.#options.backlog.acknowledge(count);
    this.#answeredAtMs = performance.now();
    this.#attempt = 0;
    this.#failuresInRow = 0;
    this.#sendCreate = false;
    this.#turned = false;
    this.#narrowed = Math.min(this.#narrowed * 2, this.#options.batch.maxEvents);
  }

  /** Takes what can never be stored out of the way of the rest. */
  #refused(answer: Answer, count: number): void {
    const refusal = classifyRefusal(answer, count);
    if (refusal.about === "creation" && !this.#turned) {
      this.#sendCreate = !this.#sendCreate;
      this.#turned = true;
    } else if (refusal.about === "events") {
      this.#reject(answer, refusal.positions);
    } else if (refusal.about === "unnamed-events" && count > 1) {
      this.#narrowed = Math.ceil(count / 2);
    } else {
      this.#reject(answer, new Set(Array(count).keys()));
    }
    this.#options.backlog.release();
  }

  #reject(answer: Answer, positions: ReadonlySet<number>): void {
    const reason = describeRefusal(answer);
    this.#options.backlog.reject(positions, reason);
    this.#attempt = 0;
    this.#options.warnOnce(
      `refused ${answer.status}`,
      `the service refused ${positions.size} event(s) for good (${reason})`,
    );
  }

  /** Once is no trouble: a service that restarts closes the kept connections. */
  #warnOfFailure(reply: Reply): void {
    if (this.#failuresInRow < 2) return;
    const what =
      "status" in reply ? `answered ${describeRefusal(reply)}` : `cannot be reached (${reply.failure})`;
    this.#options.warnOnce("failure", `the service ${what}; events are kept and sent again`);
  }

  async #pause(delayMs: number, asked: boolean): Promise<void> {
    const { done, end } = pause(delayMs);
    this.#resume = asked ? undefined : end;
    await done;
    this.#resume = undefined;
  }
}

/** A 2xx from something else that listens at the address is no acknowledgement. */
function isStored({ status, body }: Answer): boolean {
  return (
    status < 300 && typeof body === "object" && body !== null && "success" in body && body.success === true
  );
}
