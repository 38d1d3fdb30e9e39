import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { Cursor } from "../../src/feed/cursor.js";
import type { FeedItem } from "../../src/feed/group.js";
import { Topic, Window, type ReadStored, type TopicOptions } from "../../src/feed/topic.js";
import { stored } from "../support/events.js";
import { CollectingSink, lines } from "../support/sinks.js";

const item = (place: number): FeedItem => ({
  place,
  text: JSON.stringify({ type: "action", seq: place }),
  encoding: "utf8",
});

async function* numbered(after: number, upTo: number): AsyncGenerator<FeedItem[]> {
  for (let place = after + 1; place <= upTo; place += 1) {
    await turn();
    yield [item(place)];
  }
}

function topicOf(
  head: number,
  readStored: ReadStored = numbered,
  options: Partial<TopicOptions> = {},
): Topic {
  return new Topic({
    head,
    readStored,
    window: new Window(1_000),
    endsWithSession: true,
    onEmpty: () => undefined,
    ...options,
  });
}

const fails = (error: Error): never => {
  throw error;
};
const seqs = ({ received }: CollectingSink) => received.map(({ seq }) => seq);

async function settled(): Promise<void> {
  for (let turns = 0; turns < 30; turns += 1) await turn();
}

describe("a cursor", () => {
  it("reads what is stored after its place, then takes what is published", async () => {
    const topic = topicOf(3);
    const sink = new CollectingSink();
    new Cursor(topic, 1, lines, sink, fails).pump();
    topic.publish([item(4)]);
    await settled();
    expect(seqs(sink)).toEqual([2, 3, 4]);
  });

  it("sends nothing more to a connection that has enough, and reads on when it drains", async () => {
    let takesMore = false;
    const topic = topicOf(3);
    const sink = new CollectingSink(() => takesMore);
    const cursor = new Cursor(topic, 0, lines, sink, fails);
    cursor.pump();
    await settled();
    expect(seqs(sink)).toEqual([1]);
    topic.publish([item(4)]);
    await settled();
    expect(seqs(sink)).toEqual([1]);
    takesMore = true;
    cursor.drained();
    await settled();
    expect(seqs(sink)).toEqual([1, 2, 3, 4]);
  });

  it("skips nothing when the connection drains while a read is being given up", async () => {
    let giveUp: () => void = () => undefined;
    let takesMore = false;
    async function* slowToEnd(after: number, upTo: number): AsyncGenerator<FeedItem[]> {
      try {
        yield* numbered(after, upTo);
      } finally {
        if (!takesMore) await new Promise<void>((resolve) => (giveUp = resolve));
      }
    }
    const sink = new CollectingSink(() => takesMore);
    const cursor = new Cursor(topicOf(5, slowToEnd), 0, lines, sink, fails);
    cursor.pump();
    await settled();
    takesMore = true;
    cursor.drained();
    giveUp();
    await settled();
    expect(seqs(sink)).toEqual([1, 2, 3, 4, 5]);
  });

  it("goes on after what damage has taken from storage", async () => {
    async function* onlyFirst(after: number): AsyncGenerator<FeedItem[]> {
      await turn();
      if (after < 1) yield [item(1)];
    }
    const topic = topicOf(3, onlyFirst);
    const sink = new CollectingSink();
    const cursor = new Cursor(topic, 0, lines, sink, fails);
    cursor.pump();
    await settled();
    expect(cursor.place).toBe(3);
    topic.publish([item(4)]);
    expect(seqs(sink)).toEqual([1, 4]);
  });

  it("sends nothing once it is closed, not even what a read was about to bring", async () => {
    const topic = topicOf(3);
    const sink = new CollectingSink();
    const cursor = new Cursor(topic, 0, lines, sink, fails);
    cursor.pump();
    cursor.close();
    cursor.close();
    topic.publish([item(4)]);
    cursor.drained();
    await settled();
    expect(seqs(sink)).toEqual([]);
    expect(topic.cursors.size).toBe(0);
  });

  it("hands on an error of storage and stops there", async () => {
    const errors: Error[] = [];
    const unreadable: ReadStored = () => {
      throw new Error("unreadable");
    };
    const cursor = new Cursor(topicOf(3, unreadable), 0, lines, new CollectingSink(), (error) =>
      errors.push(error),
    );
    cursor.pump();
    await settled();
    expect(errors.map(({ message }) => message)).toEqual(["unreadable"]);
    expect(cursor.place).toBe(0);
  });

  it.each([
    ["one session", true, 1],
    ["all sessions", false, 0],
  ])("ends a connection to %s with the session's deletion: %s", (_, endsWithSession, ended) => {
    const topic = topicOf(1, numbered, { endsWithSession });
    const sink = new CollectingSink();
    new Cursor(topic, 1, lines, sink, fails);
    const { type, seq } = stored({ seq: 2, type: "session_deleted" });
    topic.publish([{ place: 2, text: JSON.stringify({ type, seq }), encoding: "utf8" }]);
    topic.publish([item(3)]);
    expect([sink.ended, sink.received.length]).toEqual([ended, 2 - ended]);
  });

  it("reads no further than where its kind of connection ends", async () => {
    const sink = new CollectingSink();
    const upToTwo = {
      ...lines,
      endsWith: (items: readonly FeedItem[]) => items.some(({ place }) => place === 2),
    };
    const topic = topicOf(9, numbered);
    new Cursor(topic, 0, upToTwo, sink, fails).pump();
    await settled();
    topic.publish([item(10)]);
    expect([seqs(sink), sink.ended, topic.cursors.size]).toEqual([[1, 2], 1, 0]);
  });
});
