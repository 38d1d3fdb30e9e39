/**
 * Which sessions have gone quiet. Only those are watched whose producers tell of themselves: nobody else has
 * promised to go on speaking.
 */
export class Silence {
  /** When each was last heard of, the longest ago first. */
  readonly #heardMs = new Map<string, number>();

  /** @param nowMs a clock that never jumps */
  constructor(
    private readonly limitMs: number,
    private readonly nowMs: () => number,
  ) {}

  get watched(): number {
    return this.#heardMs.size;
  }

  heard(sessionId: string): void {
    this.#heardMs.delete(sessionId);
    this.#heardMs.set(sessionId, this.nowMs());
  }

  forget(sessionId: string): void {
    this.#heardMs.delete(sessionId);
  }

  /** The sessions that were quiet for longer than the limit; they are watched no more. */
  takeSilent(): string[] {
    const silent: string[] = [];
    const latestMs = this.nowMs() - this.limitMs;
    for (const [sessionId, heardMs] of this.#heardMs) {
      if (heardMs > latestMs) break;
      silent.push(sessionId);
    }
    for (const sessionId of silent) this.#heardMs.delete(sessionId);
    return silent;
  }
}
