import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { SessionNotFound } from "../../src/domain/errors.js";
import { eventJson, type StoredEvent } from "../../src/domain/events.js";
import type { History } from "../../src/domain/reading.js";
import { Feed, type Subscription } from "../../src/feed/feed.js";
import type { Wrapping } from "../../src/feed/group.js";
import { stored } from "../support/events.js";
import { MemoryHistory } from "../support/memory-history.js";
import { CollectingSink, lines } from "../support/sinks.js";

class Lab {
  readonly history = new MemoryHistory();
  readonly errors: Error[] = [];
  readonly feed: Feed;

  constructor(windowChars = 100_000) {
    this.feed = new Feed({ windowChars, head: () => this.history.stored.at(-1)?.offset ?? 0 });
    this.feed.readFrom(this.history as unknown as History);
  }

  store(sessionId: string, fields: Partial<StoredEvent> = {}): StoredEvent {
    const own = this.history.stored.filter((event) => event.sessionId === sessionId);
    const event = stored({
      sessionId,
      seq: own.length + 1,
      offset: this.history.stored.length + 1,
      ...fields,
    });
    this.history.stored.push(event);
    return event;
  }

  publish(...events: StoredEvent[]): void {
    this.feed.publish(events);
  }

  /** Subscribes to a session, or to all. */
  subscribe(sessionId: string | undefined, fields: Partial<Subscription> = {}, sink = new CollectingSink()) {
    const lastSeq = this.history.stored.filter((event) => event.sessionId === sessionId).at(-1)?.seq ?? 0;
    const onError = (error: Error) => void this.errors.push(error);
    const cursor = this.feed.subscribe({ sessionId, wrapping: lines, sink, onError, ...fields }, lastSeq);
    return { cursor, sink };
  }
}

async function settled(): Promise<void> {
  for (let turns = 0; turns < 30; turns += 1) await turn();
}

const offsets = ({ received }: CollectingSink) => received.map(({ offset }) => offset);

describe("a subscriber", () => {
  it("gets what is published from now on, in its public shape", async () => {
    const lab = new Lab();
    lab.publish(lab.store("s1"));
    const { sink } = lab.subscribe("s1");
    const event = lab.store("s1", { data: { type: "é漢😀" }, raw: '{"type":"é漢😀"}' });
    lab.publish(event);
    await settled();
    expect(sink.received).toEqual([JSON.parse(eventJson(event))]);
  });

  it("of one session gets nothing of others", async () => {
    const lab = new Lab();
    const { sink } = lab.subscribe("s1");
    lab.publish(lab.store("s2"), lab.store("s1"), lab.store("s2"));
    await settled();
    expect(offsets(sink)).toEqual([2]);
  });

  it("of all sessions gets everything, in order of offset", async () => {
    const lab = new Lab();
    const { sink } = lab.subscribe(undefined);
    lab.publish(lab.store("s2"), lab.store("s1"));
    lab.publish(lab.store("s2"));
    await settled();
    expect(offsets(sink)).toEqual([1, 2, 3]);
  });

  it("that names the last event it saw gets all later ones, whether published before or after it came", async () => {
    const lab = new Lab();
    for (let count = 0; count < 5; count += 1) lab.publish(lab.store("s1"));
    const { sink } = lab.subscribe("s1", { after: 2 });
    lab.publish(lab.store("s1"));
    await settled();
    expect(offsets(sink)).toEqual([3, 4, 5, 6]);
  });

  it("that comes while events wait to go out does not get them twice", async () => {
    const lab = new Lab();
    lab.subscribe("s1");
    lab.publish(lab.store("s1"), lab.store("s1"));
    const { sink } = lab.subscribe("s1", { after: 0 });
    const fromNow = lab.subscribe("s1");
    lab.publish(lab.store("s1"));
    await settled();
    expect(offsets(sink)).toEqual([1, 2, 3]);
    expect(offsets(fromNow.sink)).toEqual([3]);
  });

  it("that is ahead of what there is waits for what comes after", async () => {
    const lab = new Lab();
    const { sink } = lab.subscribe("s1", { after: 2 });
    for (let count = 0; count < 4; count += 1) lab.publish(lab.store("s1"));
    await settled();
    expect(offsets(sink)).toEqual([3, 4]);
  });

  it("that left gets nothing more", async () => {
    const lab = new Lab();
    const { cursor, sink } = lab.subscribe("s1");
    cursor.close();
    lab.publish(lab.store("s1"));
    await settled();
    expect(offsets(sink)).toEqual([]);
  });

  it("learns that storage could not be read", async () => {
    const lab = new Lab();
    lab.publish(lab.store("s1"));
    lab.feed.readFrom({
      events: () => {
        throw new SessionNotFound("s1");
      },
    } as unknown as History);
    lab.subscribe("s1", { after: 0 });
    await settled();
    expect(lab.errors).toEqual([expect.any(SessionNotFound)]);
  });
});

describe("delivery", () => {
  it("brings what one turn published in one write, made once for all subscribers", async () => {
    const lab = new Lab();
    let made = 0;
    const counting: Wrapping = {
      bytes: (items) => {
        made += 1;
        return lines.bytes(items);
      },
    };
    const subscribers = Array.from({ length: 10 }, () => lab.subscribe("s1", { wrapping: counting }));
    for (let count = 0; count < 20; count += 1) lab.publish(lab.store("s1"));
    await settled();
    expect(subscribers.map(({ sink }) => [sink.writes, sink.received.length])).toEqual(
      subscribers.map(() => [1, 20]),
    );
    expect(made).toBe(1);
  });

  it("wraps events for each kind of connection", async () => {
    const lab = new Lab();
    const upper: Wrapping = {
      bytes: (items) => Buffer.from(`${JSON.stringify({ id: String(items.length) })}\n`),
    };
    const plain = lab.subscribe("s1");
    const other = lab.subscribe("s1", { wrapping: upper });
    lab.publish(lab.store("s1"));
    await settled();
    expect([plain.sink.received[0]?.seq, other.sink.received[0]?.id]).toEqual([1, "1"]);
  });

  it("takes what a subscriber missed from storage once the window is full, and reads it once it takes more", async () => {
    const lab = new Lab(500);
    let takesMore = false;
    const slow = lab.subscribe("s1", {}, new CollectingSink(() => takesMore));
    const quick = lab.subscribe("s1");
    for (let count = 0; count < 40; count += 1) {
      lab.publish(lab.store("s1"));
      await turn();
    }
    expect(lab.history.reads).toBe(0);
    expect([slow.sink.received.length, quick.sink.received.length]).toEqual([1, 40]);
    takesMore = true;
    slow.cursor.drained();
    await settled();
    expect(offsets(slow.sink)).toEqual(offsets(quick.sink));
    expect(lab.history.reads).toBe(1);
  });

  it("takes what a subscriber missed from the window where that is enough", async () => {
    const lab = new Lab();
    let takesMore = false;
    const { cursor, sink } = lab.subscribe("s1", {}, new CollectingSink(() => takesMore));
    for (let count = 0; count < 5; count += 1) {
      lab.publish(lab.store("s1"));
      await turn();
    }
    takesMore = true;
    cursor.drained();
    expect(offsets(sink)).toEqual([1, 2, 3, 4, 5]);
    expect(lab.history.reads).toBe(0);
  });
});

describe("a session that is deleted", () => {
  it("ends its subscribers with the deletion, but not those of all sessions", async () => {
    const lab = new Lab();
    lab.publish(lab.store("s1"));
    const own = lab.subscribe("s1");
    const all = lab.subscribe(undefined);
    lab.publish(lab.store("s1", { type: "session_deleted" }));
    await settled();
    expect([own.sink.received.at(-1)?.type, own.sink.ended]).toEqual(["session_deleted", 1]);
    expect([all.sink.received.length, all.sink.ended]).toEqual([1, 0]);
  });

  it("and made anew has its events go to new subscribers only", async () => {
    const lab = new Lab();
    for (let count = 0; count < 5; count += 1) lab.publish(lab.store("s1"));
    const old = lab.subscribe("s1");
    const slow = lab.subscribe("s1", { after: 4 }, new CollectingSink(() => false));
    await settled();
    lab.publish(lab.store("s1", { type: "session_deleted" }));
    await settled();
    lab.publish(lab.store("s1", { seq: 1, type: "session_created" }));
    const fresh = lab.subscribe("s1");
    for (let seq = 2; seq <= 9; seq += 1) lab.publish(lab.store("s1", { seq }));
    await settled();
    expect(fresh.sink.received.map(({ seq }) => seq)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
    expect(old.sink.received.map(({ seq }) => seq)).toEqual([6]);
    slow.cursor.close();
    lab.publish(lab.store("s1", { seq: 10 }));
    await settled();
    expect(fresh.sink.received.at(-1)?.seq).toBe(10);
  });
});
