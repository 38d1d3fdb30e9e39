import { onTestFinished } from "vitest";
import type { EventBatch, StoredEvent } from "../../src/domain/events.js";
import type { FileSystem } from "../../src/journal/file-system.js";
import { FileJournal, type JournalOptions } from "../../src/journal/journal.js";
import type { BatchRecord } from "../../src/journal/line.js";

/** A journal that is closed after the test. */
export async function openJournal(
  options: Partial<JournalOptions> & { folder: string; fileSystem: FileSystem },
): Promise<FileJournal> {
  const journal = await FileJournal.open({ segmentBytes: 1_000_000, maxQueuedBytes: 1_000_000, ...options });
  onTestFinished(() => journal.close());
  return journal;
}

/** Appends and answers with the batch's first offset once it is durable. */
export function append(journal: FileJournal, batch: EventBatch): Promise<number> {
  return new Promise((stored, failed) => {
    journal.append(batch, { stored, failed });
  });
}

export function batchesOf(journal: FileJournal): EventBatch[] {
  return [...journal.records()]
    .filter((record): record is BatchRecord => record.kind === "batch")
    .map(({ batch }) => batch);
}

export function eventsOf(journal: FileJournal): StoredEvent[] {
  return batchesOf(journal).flatMap(({ events }) => events);
}
