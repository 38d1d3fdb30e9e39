import { Group, type Wrapping } from "./group.js";
import type { Topic } from "./topic.js";

/** A connection as a cursor sees it. */
export interface Sink {
  /** Sends the bytes. False: it holds enough; nothing more until `drained` of the cursor is called. */
  write(bytes: Buffer): boolean;
  /** The session is gone, or what was asked for has come to its end: nothing will follow. */
  end(): void;
}

/**
 * One subscriber's place in a topic. It takes from the topic what is at hand and from storage what is not,
 * and remembers nothing but the place of the last event it sent.
 */
export class Cursor {
  #place: number;
  #blocked = false;
  #reading = false;
  #closed = false;

  constructor(
    private readonly topic: Topic,
    after: number,
    private readonly wrapping: Wrapping,
    private readonly sink: Sink,
    private readonly onError: (error: Error) => void,
  ) {
    this.#place = after;
    topic.cursors.add(this);
  }

  /** Place of the last event sent. */
  get place(): number {
    return this.#place;
  }

  /** Sends what can be sent now. */
  pump(): void {
    while (!this.#closed && !this.#blocked && !this.#reading && this.#place < this.topic.head) {
      const group = this.topic.groupAfter(this.#place);
      if (group === undefined) {
        void this.#readStored();
        return;
      }
      this.#send(group);
    }
  }

  /** The connection can take more. */
  drained(): void {
    if (!this.#blocked) return;
    this.#blocked = false;
    this.pump();
    this.topic.trim();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.topic.remove(this);
  }

  #send(group: Group): void {
    this.#place = group.last;
    this.#blocked = !this.sink.write(group.bytes(this.wrapping));
    const isOver = this.topic.endsWithSession && group.endsSession;
    if (!isOver && this.wrapping.endsWith?.(group.items) !== true) return;
    this.close();
    this.sink.end();
  }

  /**
   * Stops as soon as the connection has enough, and forgets what it read: it is read again after `drained`,
   * which may be called while the reading is still being given up.
   */
  async #readStored(): Promise<void> {
    this.#reading = true;
    const upTo = this.topic.head;
    let readAll = true;
    try {
      for await (const items of this.topic.readStored(this.#place, upTo)) {
        if (this.#closed) return;
        this.#send(new Group(items));
        if (this.#blocked) {
          readAll = false;
          break;
        }
      }
      if (readAll && this.#place < upTo) this.#place = upTo;
    } catch (error) {
      this.onError(error as Error);
      return;
    } finally {
      this.#reading = false;
    }
    this.pump();
  }
}
