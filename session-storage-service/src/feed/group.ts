/** One event ready to be sent. `text` is JSON: as UTF-8 bytes in latin1 characters where it was read from a file. */
export interface FeedItem {
  /** Seq or offset, by the topic it is sent on. */
  readonly place: number;
  readonly text: string;
  readonly encoding: "utf8" | "latin1";
}

/** How a kind of connection wraps events. One instance each, so that a group's bytes are shared. */
export interface Wrapping {
  bytes(items: readonly FeedItem[]): Buffer;
  /** Whether this connection gets nothing after these, whatever else comes. */
  endsWith?(items: readonly FeedItem[]): boolean;
}

/** Events that are sent together. Their bytes are made once per wrapping, however many subscribers there are. */
export class Group {
  readonly #bytes = new Map<Wrapping, Buffer>();

  /** Characters of the events, as a measure of memory. */
  readonly size: number;

  constructor(readonly items: readonly FeedItem[]) {
    this.size = items.reduce((sum, { text }) => sum + text.length, 0);
  }

  get first(): number {
    return this.items[0]?.place ?? 0;
  }

  get last(): number {
    return this.items[this.items.length - 1]?.place ?? 0;
  }

  /** Whether the events are the last of their session. */
  get endsSession(): boolean {
    return this.items[this.items.length - 1]?.text.startsWith('{"type":"session_deleted"') ?? false;
  }

  bytes(wrapping: Wrapping): Buffer {
    let bytes = this.#bytes.get(wrapping);
    if (bytes === undefined) {
      bytes = wrapping.bytes(this.items);
      this.#bytes.set(wrapping, bytes);
    }
    return bytes;
  }

  /** The part of the group that comes after `place`. */
  after(place: number): Group {
    return place < this.first ? this : new Group(this.items.filter((item) => item.place > place));
  }
}
