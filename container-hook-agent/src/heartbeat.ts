import type { Uploader } from "./uploader.js";

/**
 * Tells the service every `everyMs` that the process lives, unless events have told it since. A service that does not
 * know what to make of it is left alone. Never keeps the process alive; returns what ends it.
 */
export function startHeartbeat(uploader: Uploader, everyMs: number, hasRecorded: () => boolean): () => void {
  let isKnown = true;
  const beat = async (): Promise<void> => {
    const isQuiet = performance.now() - uploader.answeredAtMs >= everyMs;
    if (isKnown && hasRecorded() && !uploader.isRunning && isQuiet) {
      const reply = await uploader.beat();
      isKnown = !("status" in reply) || reply.status !== 400;
    }
    // Another process may have ended meanwhile, and left something to send.
    uploader.wake();
  };
  const timer = setInterval(() => void beat(), everyMs).unref();
  return () => clearInterval(timer);
}
