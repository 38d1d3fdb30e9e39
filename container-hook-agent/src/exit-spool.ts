import { onExit } from "signal-exit";

/**
 * Calls `spool` when the process ends in any way it can notice: at its natural end, at `process.exit()`, at an
 * uncaught exception, and at a signal that is about to end it. How it ends stays as it is. Returns what undoes it.
 */
export function spoolAtExit(spool: () => void): () => void {
  return onExit(() => {
    try {
      spool();
    } catch {
      // The process is ending; nothing is left to tell, and its end must not change.
    }
  });
}
