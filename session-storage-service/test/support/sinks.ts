import type { StoredEvent } from "../../src/domain/events.js";
import type { Sink } from "../../src/feed/cursor.js";
import type { FeedItem, Wrapping } from "../../src/feed/group.js";

/** Events as lines of JSON. */
export const lines: Wrapping = {
  bytes: (items: readonly FeedItem[]) =>
    Buffer.concat(items.map(({ text, encoding }) => Buffer.from(`${text}\n`, encoding))),
};

/** A connection that keeps what it was sent and takes more as long as `takesMore` says so. */
export class CollectingSink implements Sink {
  readonly received: StoredEvent[] = [];
  writes = 0;
  ended = 0;

  constructor(private readonly takesMore: () => boolean = () => true) {}

  write(bytes: Buffer): boolean {
    this.writes += 1;
    for (const line of bytes.toString("utf8").split("\n")) {
      if (line !== "") this.received.push(JSON.parse(line) as StoredEvent);
    }
    return this.takesMore();
  }

  end(): void {
    this.ended += 1;
  }
}
