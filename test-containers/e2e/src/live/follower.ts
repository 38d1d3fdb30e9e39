import type { SessionEvent } from "session-protocol";

/** Reads all events of the service as they happen; after every break it goes on behind the last one it saw. */
export interface Follower {
  readonly kind: string;
  readonly seen: readonly SessionEvent[];
  /** How often it had to come back. */
  readonly breaks: number;
  close(): void;
}

/** Where the service is; rejects while it is away. */
export type Address = () => Promise<string>;

export const RETRY_MS = 100;
