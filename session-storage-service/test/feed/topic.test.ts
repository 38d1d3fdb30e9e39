import { describe, expect, it } from "vitest";
import { Cursor } from "../../src/feed/cursor.js";
import { Group, type FeedItem } from "../../src/feed/group.js";
import { Topic, Window } from "../../src/feed/topic.js";
import { CollectingSink, lines } from "../support/sinks.js";

const item = (place: number, text = '{"type":"action"}'): FeedItem => ({ place, text, encoding: "utf8" });
/** An event of so many characters. */
const sized = (place: number, chars: number) => item(place, JSON.stringify({ pad: "x".repeat(chars - 10) }));
const items = (...places: number[]) => places.map((place) => item(place));
const places = (group: Group | undefined) => group?.items.map(({ place }) => place);

function topicOf(head: number, window = new Window(1_000)) {
  let emptied = 0;
  const topic = new Topic({
    head,
    readStored: () => {
      throw new Error("nothing is to be read from storage here");
    },
    window,
    endsWithSession: true,
    onEmpty: () => (emptied += 1),
  });
  return { topic, window, emptied: () => emptied };
}

function subscribe(topic: Topic, after: number, takesMore = true): Cursor {
  return new Cursor(topic, after, lines, new CollectingSink(() => takesMore), () => undefined);
}

describe("a topic", () => {
  it("keeps groups only while a subscriber is behind", () => {
    const { topic } = topicOf(0);
    const slow = subscribe(topic, 0, false);
    topic.publish(items(1, 2));
    topic.publish(items(3));
    expect(places(topic.groupAfter(2))).toEqual([3]);
    slow.drained();
    expect(topic.groupAfter(2)).toBeUndefined();
  });

  it("gives what comes after a place, also from the middle of a group", () => {
    const { topic } = topicOf(0);
    subscribe(topic, 0, false);
    topic.publish(items(1));
    topic.publish(items(2, 3, 4));
    expect(places(topic.groupAfter(1))).toEqual([2, 3, 4]);
    expect(places(topic.groupAfter(2))).toEqual([3, 4]);
  });

  it("knows nothing of what came before it began", () => {
    const { topic } = topicOf(5);
    subscribe(topic, 5, false);
    topic.publish(items(6));
    expect(topic.groupAfter(4)).toBeUndefined();
  });

  it("passes over events it has had", () => {
    const { topic } = topicOf(2);
    const cursor = subscribe(topic, 2);
    topic.publish(items(1, 2, 3));
    topic.publish(items(2, 3));
    expect([cursor.place, topic.head]).toEqual([3, 3]);
  });

  it("gives up its oldest groups while the window of all topics is full", () => {
    const window = new Window(100);
    const one = topicOf(0, window).topic;
    const other = topicOf(0, window).topic;
    for (const topic of [one, other]) {
      subscribe(topic, 0, false);
      topic.publish([sized(1, 10)]);
    }
    one.publish([sized(2, 50)]);
    other.publish([sized(2, 40)]);
    expect([places(one.groupAfter(1)), places(other.groupAfter(1))]).toEqual([[2], [2]]);
    one.publish([sized(3, 20)]);
    expect([one.groupAfter(1), places(one.groupAfter(2))]).toEqual([undefined, [3]]);
    expect(places(other.groupAfter(1))).toEqual([2]);
  });

  it("finds the next group among thousands that a stuck subscriber keeps, for every place", () => {
    const { topic } = topicOf(0, new Window(1_000_000));
    subscribe(topic, 0, false);
    for (let place = 2; place <= 4_000; place += 2) topic.publish(items(place - 1, place));
    for (const place of [2, 3, 1_999, 2_000, 3_997, 3_998, 3_999]) {
      expect(topic.groupAfter(place)?.first).toBe(place + 1);
    }
    expect(topic.groupAfter(4_000)).toBe(undefined);
  });

  it("gives back its part of the window, and says so, when its last subscriber leaves", () => {
    const { topic, window, emptied } = topicOf(0);
    const cursors = [subscribe(topic, 0, false), subscribe(topic, 0, false)];
    topic.publish([sized(1, 10)]);
    topic.publish([sized(2, 900)]);
    cursors[0]?.close();
    expect(emptied()).toBe(0);
    cursors[1]?.close();
    expect(emptied()).toBe(1);
    window.take(1_000);
    expect(window.mustForget(1_000)).toBe(false);
  });
});

describe("a group", () => {
  it("makes its bytes once per kind of connection", () => {
    const group = new Group(items(1, 2));
    expect(group.bytes(lines)).toBe(group.bytes(lines));
    expect(group.bytes({ bytes: () => Buffer.from("x") }).toString()).toBe("x");
  });

  it("is itself where all of it is wanted", () => {
    const group = new Group(items(3, 4));
    expect(group.after(2)).toBe(group);
    expect(places(group.after(3))).toEqual([4]);
  });

  it.each([
    ["session_deleted", true],
    ["action", false],
  ])("that ends with %s ends the session: %s", (type, ends) => {
    expect(new Group([item(1), item(2, `{"type":"${type}","seq":2}`)]).endsSession).toBe(ends);
  });
});
