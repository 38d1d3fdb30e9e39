import type { TranscriptKey } from "./transcript-changes.js";

/** What is under way on the transcripts of one session. Promises here never reject. */
interface Lane {
  /** The last work on each transcript, by its subpath. */
  readonly last: Map<string, Promise<void>>;
  /** The last work on all of them together. */
  whole: Promise<void>;
  working: number;
}

/** Has changes of one transcript made one after the other, and those of a whole session alone. */
export class TranscriptLanes {
  readonly #lanes = new Map<string, Lane>();

  /** Runs `work` once what came before it on the same transcript is done. */
  one<T>(key: TranscriptKey, work: () => Promise<T>): Promise<T> {
    const { subpath = "" } = key;
    return this.#run(key, work, (lane, done) => {
      const before = lane.last.get(subpath) ?? lane.whole;
      lane.last.set(subpath, done);
      return [before];
    });
  }

  /** Runs `work` once nothing else is under way in the session, and lets nothing else begin meanwhile. */
  whole<T>(key: TranscriptKey, work: () => Promise<T>): Promise<T> {
    return this.#run(key, work, (lane, done) => {
      const before = [lane.whole, ...lane.last.values()];
      lane.last.clear();
      lane.whole = done;
      return before;
    });
  }

  async #run<T>(
    { projectKey, sessionId }: TranscriptKey,
    work: () => Promise<T>,
    enter: (lane: Lane, done: Promise<void>) => Promise<void>[],
  ): Promise<T> {
    const name = `${projectKey}/${sessionId}`;
    const lane = this.#lanes.get(name) ?? { last: new Map(), whole: Promise.resolve(), working: 0 };
    this.#lanes.set(name, lane);
    lane.working += 1;
    let finish = (): void => undefined;
    const before = enter(lane, new Promise<void>((resolve) => (finish = resolve)));
    try {
      await Promise.all(before);
      return await work();
    } finally {
      finish();
      lane.working -= 1;
      if (lane.working === 0) this.#lanes.delete(name);
    }
  }
}
