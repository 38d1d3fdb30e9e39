import type { BatchHeader } from "session-protocol";
import type { Outbox, QueuedEvent } from "./outbox.js";
import { classifyRefusal, describeRefusal } from "./rejection.js";
import { retryDelayMs, type Answer, type Reply } from "./retry-delay.js";
import type { Transport } from "./transport.js";
import type { WarnOnce } from "./warnings.js";

export interface UploaderOptions {
  readonly outbox: Outbox;
  readonly transport: Transport;
  readonly sessionId: string;
  readonly producerId: string;
  /** What the session is made from if it does not exist. */
  readonly create: NonNullable<BatchHeader["create"]>;
  readonly batch: { readonly maxEvents: number; readonly maxBytes: number };
  readonly random: () => number;
  readonly warnOnce: WarnOnce;
}

interface Waiter {
  readonly settled: number;
  readonly done: () => void;
}

/** Lets what is recorded in the same breath share a request. */
const LINGER_MS = 1;

/**
 * Sends what is in the outbox, oldest first, one batch at a time, until it is empty or the uploader is stopped.
 * Its timers and sockets never keep the process alive; only someone waiting for it does.
 */
export class Uploader {
  readonly #options: UploaderOptions;
  readonly #path: string;
  readonly #waiters = new Set<Waiter>();
  #running = false;
  #stopped = false;
  /** Since the last answer that settled something, or since someone began to wait. */
  #attempt = 0;
  #failuresInRow = 0;
  #sendCreate = true;
  /** Whether `#sendCreate` was turned over since the last acknowledgement: a second refusal is final. */
  #turned = false;
  /** Below the most a batch may hold while an event that was refused without being named is looked for. */
  #narrowed: number;
  #resume: (() => void) | undefined;

  constructor(options: UploaderOptions) {
    this.#options = options;
    this.#path = `/api/sessions/${encodeURIComponent(options.sessionId)}/batch`;
    this.#narrowed = options.batch.maxEvents;
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
   * Resolves once all that is queued now has been answered for, or after `timeoutMs`.
   * Keeps the process alive as long.
   */
  settled(timeoutMs: number): Promise<void> {
    const { outbox } = this.#options;
    if (outbox.size === 0 || this.#stopped) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      const waiter: Waiter = { settled: outbox.settled + outbox.size, done };
      this.#waiters.add(waiter);
    });
  }

  /** Cuts what is in flight. What is queued stays in the outbox. Never rejects. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#resume?.();
    for (const waiter of [...this.#waiters]) waiter.done();
    try {
      await this.#options.transport.close();
    } catch (error) {
      this.#options.warnOnce("transport", `the connection could not be closed: ${String(error)}`);
    }
  }

  async #run(): Promise<void> {
    try {
      while (!this.#stopped && this.#options.outbox.size > 0) {
        await this.#sendBatch();
        this.#release();
      }
    } catch (error) {
      this.#options.warnOnce("uploader", `the hook agent failed and stopped sending: ${String(error)}`);
      await this.stop();
    } finally {
      this.#running = false;
    }
  }

  async #sendBatch(): Promise<void> {
    const { outbox, transport, batch, random } = this.#options;
    const events = outbox.batch(this.#narrowed, batch.maxBytes);
    const reply = await transport.request({ method: "POST", path: this.#path, body: this.#body(events) });
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
    this.#attempt += 1;
    this.#failuresInRow += 1;
    this.#warnOfFailure(reply);
    await this.#pause(delayMs, "status" in reply && reply.retryAfterMs !== undefined);
  }

  #body(events: readonly QueuedEvent[]): string {
    const { create, producerId, outbox } = this.#options;
    const { recorded, dropped } = outbox.counts;
    const header: BatchHeader = {
      ...(this.#sendCreate && { create }),
      producer: { id: producerId, recorded, dropped },
    };
    return [JSON.stringify({ batch: header }), ...events.map(({ line }) => line), ""].join("\n");
  }

  #acknowledged(count: number): void {
    this.#options.outbox.acknowledge(count);
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
  }

  #reject(answer: Answer, positions: ReadonlySet<number>): void {
    this.#options.outbox.reject(positions);
    this.#attempt = 0;
    this.#options.warnOnce(
      `refused ${answer.status}`,
      `the service refused ${positions.size} event(s) for good (${describeRefusal(answer)})`,
    );
  }

  /** Once is no trouble: a service that restarts closes the kept connections. */
  #warnOfFailure(reply: Reply): void {
    if (this.#failuresInRow < 2) return;
    const what =
      "status" in reply ? `answered ${describeRefusal(reply)}` : `cannot be reached (${reply.failure})`;
    this.#options.warnOnce("failure", `the service ${what}; events are kept and sent again`);
  }

  #pause(delayMs: number, asked: boolean): Promise<void> {
    return new Promise((resolve) => {
      const finish = (): void => {
        clearTimeout(timer);
        this.#resume = undefined;
        resolve();
      };
      const timer = setTimeout(finish, delayMs).unref();
      this.#resume = asked ? undefined : finish;
    });
  }

  #release(): void {
    const { settled } = this.#options.outbox;
    for (const waiter of [...this.#waiters]) if (settled >= waiter.settled) waiter.done();
  }
}

/** A 2xx from something else that listens at the address is no acknowledgement. */
function isStored({ status, body }: Answer): boolean {
  return (
    status < 300 && typeof body === "object" && body !== null && "success" in body && body.success === true
  );
}
