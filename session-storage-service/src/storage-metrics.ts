import type { CleanupResult } from "session-protocol";

/** What the storage counts. The edge shows it. */
export interface StorageMetrics {
  commit(batches: number, bytes: number, syncMs: number): void;
  stored(events: number): void;
  tornBytes(bytes: number): void;
  /** A credential of this kind was taken out of what came to be stored. */
  redacted(kind: string): void;
  /** What a pass that was no dry run has thrown away. */
  cleaned(result: CleanupResult): void;
}
