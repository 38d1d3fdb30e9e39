import type { Settle } from "./outbox.js";
import { timerMs } from "./waiting.js";

/** Asks for an answer that waits until the service has stored the event, at most `timeoutMs` (default 30,000). */
export interface Strict {
  readonly durable: true;
  readonly timeoutMs?: number;
}

/** An event of strict mode is not stored: refused or dropped, for good; or not yet, and still queued. */
export class NotStored extends Error {
  readonly id: string;
  readonly isQueued: boolean;

  constructor(id: string, reason: string, isQueued: boolean) {
    super(`the event ${id} is not stored: ${reason}`);
    this.name = "NotStored";
    this.id = id;
    this.isQueued = isQueued;
  }
}

const DEFAULT_TIMEOUT_MS = 30_000;

/** `answer`, once the event that `record` queues is stored. Keeps the process alive as long. */
export function whenStored<T>(
  strict: Strict,
  record: (onSettled: Settle) => { readonly id: string; readonly answer: T },
): Promise<T> {
  const timeoutMs = timerMs(strict.timeoutMs, DEFAULT_TIMEOUT_MS);
  return new Promise((resolve, reject) => {
    const known: { recorded?: { readonly id: string; readonly answer: T }; fail?: string; stored?: boolean } =
      {};
    const finish = (): void => {
      // A full outbox answers before `record` has returned.
      if (known.recorded === undefined || known.stored === undefined) return;
      clearTimeout(timer);
      if (known.stored) resolve(known.recorded.answer);
      else reject(new NotStored(known.recorded.id, known.fail ?? "it was given up", false));
    };
    const timer = setTimeout(() => {
      reject(new NotStored(known.recorded?.id ?? "", `no answer within ${timeoutMs} ms`, true));
    }, timeoutMs);
    known.recorded = record((stored, reason) => {
      known.stored = stored;
      if (reason !== undefined) known.fail = reason;
      finish();
    });
    finish();
  });
}
