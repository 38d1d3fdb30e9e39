import type { Uploader } from "./uploader.js";

/**
 * Tells the service every `everyMs` that the process lives, unless events have told it since. A service that does not
 * know what to make of it is left alone. Never keeps the process alive; returns what ends it.
 */
export function startHeartbeat(uploader: Uploader, everyMs: number, hasRecorded: () => boolean): () => void {
  const beat = async (): Promise<void> => {
    const isQuiet = performance.now() - uploader.answeredAtMs >= everyMs;
    if (!hasRecorded() || uploader.isRunning || !isQuiet) return;
    const reply = await uploader.beat();
    if ("status" in reply && reply.status === 400) clearInterval(timer);
  };
  const timer = setInterval(() => void beat(), everyMs).unref();
  return () => clearInterval(timer);
}
