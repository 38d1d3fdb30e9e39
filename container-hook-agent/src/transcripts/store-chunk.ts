import type { Answer } from "../retry-delay.js";
import type { Attempts } from "./attempts.js";
import { halvesOf, type Chunk } from "./chunk.js";
import { SessionStoreError, Unanswered } from "./errors.js";
import { refusedBy } from "./transcript-client.js";

/** Statuses that are about an entry, and may not be about the others. */
const ENTRY_STATUSES: ReadonlySet<number> = new Set([400, 413, 422]);

/**
 * Has `write` store a chunk, however long that takes. Where it is refused, the entries to blame are found, and the
 * others are stored. Answers why one is not, if that is so for good.
 */
export async function storeChunk(
  attempts: Attempts,
  write: (chunk: Chunk) => Promise<void>,
  chunk: Chunk,
): Promise<Error | undefined> {
  try {
    await attempts.until(() => write(chunk));
    return undefined;
  } catch (error) {
    if (!(error instanceof Unanswered)) return error as Error;
    const { status } = error.reply as Answer;
    if (!ENTRY_STATUSES.has(status) || chunk.entries.length === 1) return refusedBy(error);
    let refusal: Error | undefined;
    for (const half of halvesOf(chunk)) refusal = (await storeChunk(attempts, write, half)) ?? refusal;
    return refusal;
  }
}

/** Whether a refusal was of one entry, and not of the transcript. */
export const isAboutEntry = (refusal: Error): boolean =>
  refusal instanceof SessionStoreError && refusal.status !== undefined && ENTRY_STATUSES.has(refusal.status);
