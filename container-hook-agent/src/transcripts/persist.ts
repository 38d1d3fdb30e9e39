import { retryDelayMs } from "../retry-delay.js";
import { describeReply, SessionStoreError, Unanswered } from "./errors.js";
import { refusedBy } from "./transcript-client.js";

export interface Persistence {
  readonly timeoutMs: number;
  readonly random: () => number;
}

/**
 * What `attempt` answers, tried again as the policy says for at most `timeoutMs`. Keeps the process alive as long.
 * @throws SessionStoreError
 */
export async function persist<T>(attempt: () => Promise<T>, { timeoutMs, random }: Persistence): Promise<T> {
  const untilMs = performance.now() + timeoutMs;
  let last = `no answer within ${timeoutMs} ms`;
  const work = async (): Promise<T> => {
    for (let number = 0; ; number += 1) {
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof Unanswered)) throw error;
        const delayMs = retryDelayMs(number, error.reply, random);
        if (delayMs === undefined) throw refusedBy(error);
        last = describeReply(error.reply);
        if (performance.now() + delayMs > untilMs) throw new SessionStoreError("unavailable", last);
        await new Promise((resolve) => setTimeout(resolve, delayMs));
      }
    }
  };
  return within(work(), timeoutMs, () => new SessionStoreError("unavailable", last));
}

/** What `work` answers, or after `timeoutMs` the error. Keeps the process alive as long. */
export async function within<T>(work: Promise<T>, timeoutMs: number, late: () => Error): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(late()), timeoutMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
