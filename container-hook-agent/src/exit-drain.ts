import { performance } from "node:perf_hooks";

/** Something that may hold unsent events when the process comes to its natural end. */
export interface Drain {
  isEmpty(): boolean;
  /** Keeps the process alive until done, at most `timeoutMs`. False: there is no use in trying again. */
  flush(timeoutMs: number): Promise<boolean>;
}

const drains = new Set<() => void>();
let heldMs = 0;

/** How long drains have held up the end of the process: that of the one that took longest. */
export const heldUpMs = (): number => heldMs;

/**
 * Has `drain` flushed when nothing else keeps the process alive. The process is held for at most `budgetMs`
 * in all, however often it comes to its end. Returns what takes the drain out again.
 */
export function drainAtExit(drain: Drain, budgetMs: number): () => void {
  let leftMs = budgetMs;
  const run = async (): Promise<void> => {
    if (drain.isEmpty() || leftMs <= 0) return;
    const startedMs = performance.now();
    const maySucceed = await drain.flush(leftMs);
    const tookMs = Math.max(1, performance.now() - startedMs);
    heldMs = Math.max(heldMs, budgetMs - leftMs + tookMs);
    leftMs = maySucceed ? leftMs - tookMs : 0;
  };
  const entry = (): void => void run();
  if (drains.size === 0) process.on("beforeExit", onBeforeExit);
  drains.add(entry);
  return () => {
    drains.delete(entry);
    if (drains.size === 0) process.off("beforeExit", onBeforeExit);
  };
}

/** After the host's own listeners, so that what they record is sent as well. */
function onBeforeExit(): void {
  process.nextTick(() => {
    for (const drain of [...drains]) drain();
  });
}
