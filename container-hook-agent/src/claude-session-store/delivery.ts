import type { Chunk } from "../transcripts/chunk.js";

/** What one call appends, from when it was accepted until it is stored or refused. */
export class Delivery {
  /** Resolves when it is stored. Its rejection needs no one to hear it. */
  readonly settled: Promise<void>;
  readonly chunks: readonly Chunk[];
  readonly chars: number;
  /** Of what it holds, and of nothing else. */
  readonly digest: string;
  #settle: (error?: Error) => void = () => undefined;

  constructor(chunks: readonly Chunk[], chars: number, digest: string) {
    this.chunks = chunks;
    this.chars = chars;
    this.digest = digest;
    this.settled = new Promise((resolve, reject) => {
      this.#settle = (error) => {
        if (error === undefined) resolve();
        else reject(error);
      };
    });
    this.settled.catch(() => undefined);
  }

  settle(error?: Error): void {
    this.#settle(error);
  }
}
