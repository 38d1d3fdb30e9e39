import { eventJson, type StoredEvent } from "../../src/domain/events.js";
import type { EventSelection, History, StoredText } from "../../src/domain/reading.js";
import { asLatin1 } from "../../src/projection/log-line.js";

type PlacedText = StoredText & { readonly sessionId: string };

/** What readers find in storage, in pieces; each piece takes as long as `pause` does. */
export class MemoryHistory implements Pick<History, "events" | "allEvents"> {
  readonly stored: StoredEvent[] = [];
  /** How many times storage was asked. */
  reads = 0;

  constructor(
    private readonly pause: () => Promise<unknown> = () => Promise.resolve(),
    private readonly pieceLength = 2,
  ) {}

  events(sessionId: string, { after, upTo = Infinity }: EventSelection): AsyncGenerator<PlacedText[]> {
    const own = this.stored.filter((event) => event.sessionId === sessionId);
    return this.#pieces(own.filter(({ seq }) => seq > after && seq <= upTo));
  }

  allEvents(after: number): AsyncGenerator<PlacedText[]> {
    return this.#pieces(this.stored.filter(({ offset }) => offset > after));
  }

  async *#pieces(events: readonly StoredEvent[]): AsyncGenerator<PlacedText[]> {
    this.reads += 1;
    try {
      for (let start = 0; start < events.length; start += this.pieceLength) {
        await this.pause();
        yield events.slice(start, start + this.pieceLength).map(placed);
      }
    } finally {
      await this.pause();
    }
  }
}

function placed(event: StoredEvent): PlacedText {
  const { sessionId, seq, offset } = event;
  return { sessionId, seq, offset, text: asLatin1(eventJson(event)) };
}
