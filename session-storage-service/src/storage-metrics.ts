/** What the storage counts. The edge shows it. */
export interface StorageMetrics {
  commit(batches: number, bytes: number, syncMs: number): void;
  stored(events: number): void;
  tornBytes(bytes: number): void;
}
