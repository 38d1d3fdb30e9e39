import { eventJson, type StoredEvent } from "../domain/events.js";
import type { History, StoredText } from "../domain/reading.js";
import { Cursor, type Sink } from "./cursor.js";
import type { FeedItem, Wrapping } from "./group.js";
import { Topic, Window } from "./topic.js";

export interface Subscription {
  /** Events of this session by `seq`; of all sessions by `offset` if absent. */
  readonly sessionId?: string | undefined;
  /** Only events after this place; from now on if absent. */
  readonly after?: number | undefined;
  readonly wrapping: Wrapping;
  readonly sink: Sink;
  readonly onError: (error: Error) => void;
}

export interface FeedOptions {
  readonly windowChars: number;
  /** Offset of the last durable event. */
  readonly head: () => number;
}

/** Brings durable events to subscribers: replay from storage and live joined without gap or repeat. */
export class Feed {
  readonly #window: Window;
  readonly #sessions = new Map<string, Topic>();
  #all: Topic | undefined;
  #history: History | undefined;
  #published: StoredEvent[] = [];
  #scheduled = false;

  constructor(private readonly options: FeedOptions) {
    this.#window = new Window(options.windowChars);
  }

  /** Where events that are no longer at hand are read from. */
  readFrom(history: History): void {
    this.#history = history;
  }

  /** Takes durable events, in offset order. Those of one commit go out together, before anything else is begun. */
  publish(events: readonly StoredEvent[]): void {
    if (this.#all === undefined && this.#sessions.size === 0) return;
    for (const event of events) this.#published.push(event);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#deliver();
    });
  }

  /** @param lastSeq the session's last durable seq, read in the same turn of the event loop */
  subscribe(subscription: Subscription, lastSeq = 0): Cursor {
    const { sessionId, after, wrapping, sink, onError } = subscription;
    const topic = sessionId === undefined ? this.#allTopic() : this.#sessionTopic(sessionId, lastSeq);
    const head = sessionId === undefined ? this.options.head() : lastSeq;
    const cursor = new Cursor(topic, after ?? head, wrapping, sink, onError);
    cursor.pump();
    return cursor;
  }

  #deliver(): void {
    const events = this.#published;
    this.#published = [];
    const items = events.map((event) => ({ event, text: eventJson(event) }));
    this.#all?.publish(items.map(({ event, text }) => item(event.offset, text)));
    if (this.#sessions.size === 0) return;
    const bySession = new Map<string, FeedItem[]>();
    for (const { event, text } of items) {
      if (!this.#sessions.has(event.sessionId)) continue;
      const list = bySession.get(event.sessionId);
      if (list === undefined) bySession.set(event.sessionId, [item(event.seq, text)]);
      else list.push(item(event.seq, text));
    }
    for (const [sessionId, list] of bySession) {
      const topic = this.#sessions.get(sessionId);
      topic?.publish(list);
      if (topic?.hasEnded === true) this.#forget(sessionId, topic);
    }
  }

  #allTopic(): Topic {
    this.#all ??= new Topic({
      head: this.options.head(),
      readStored: (after) => stored(this.#reader().allEvents(after), ({ offset }) => offset),
      window: this.#window,
      endsWithSession: false,
      onEmpty: () => (this.#all = undefined),
    });
    return this.#all;
  }

  #sessionTopic(sessionId: string, lastSeq: number): Topic {
    const known = this.#sessions.get(sessionId);
    if (known !== undefined) return known;
    const topic = new Topic({
      head: lastSeq,
      readStored: (after, upTo) =>
        stored(this.#reader().events(sessionId, { after, upTo }), ({ seq }) => seq),
      window: this.#window,
      endsWithSession: true,
      onEmpty: () => {
        this.#forget(sessionId, topic);
      },
    });
    this.#sessions.set(sessionId, topic);
    return topic;
  }

  /** The next subscriber of that id begins a topic of its own. */
  #forget(sessionId: string, topic: Topic): void {
    if (this.#sessions.get(sessionId) === topic) this.#sessions.delete(sessionId);
  }

  #reader(): History {
    if (this.#history === undefined) throw new Error("the feed was not given a history to read from");
    return this.#history;
  }
}

function item(place: number, text: string): FeedItem {
  return { place, text, encoding: "utf8" };
}

async function* stored(
  pieces: AsyncIterable<StoredText[]>,
  placeOf: (text: StoredText) => number,
): AsyncGenerator<FeedItem[]> {
  for await (const piece of pieces) {
    yield piece.map((entry) => ({ place: placeOf(entry), text: entry.text, encoding: "latin1" }));
  }
}
