/** A step of a scenario, such as `booking/2`. */
export type StepName = string;

interface Hold {
  /** Whether what arrives still has to wait. */
  isClosed: boolean;
  readonly waiting: Set<() => void>;
}

/** Keeps answers back until they are let go, so that something can be done at a known moment of a conversation. */
export class Holds {
  readonly #holds = new Map<StepName, Hold>();

  close(name: StepName): void {
    const hold = this.#holds.get(name);
    if (hold) hold.isClosed = true;
    else this.#holds.set(name, { isClosed: true, waiting: new Set() });
  }

  open(name: StepName): void {
    const hold = this.#holds.get(name);
    if (!hold) return;
    hold.isClosed = false;
    for (const go of hold.waiting) go();
  }

  openAll(): void {
    for (const name of this.#holds.keys()) this.open(name);
  }

  /** Resolves when the step may be answered, or nobody waits for that any more. */
  async pass(name: StepName, gone: AbortSignal): Promise<void> {
    const hold = this.#holds.get(name);
    if (!hold?.isClosed || gone.aborted) return;
    await new Promise<void>((resolve) => {
      const go = (): void => {
        hold.waiting.delete(go);
        gone.removeEventListener("abort", go);
        resolve();
      };
      hold.waiting.add(go);
      gone.addEventListener("abort", go);
    });
  }

  list(): { name: StepName; isClosed: boolean; waiting: number }[] {
    return [...this.#holds].map(([name, { isClosed, waiting }]) => ({
      name,
      isClosed,
      waiting: waiting.size,
    }));
  }
}
