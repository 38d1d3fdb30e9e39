import type { Cursor } from "./cursor.js";
import { Group, type FeedItem } from "./group.js";

/** A topic may keep this part of the window whatever the others keep. */
const SHARE = 1 / 16;

/** What the groups kept for subscribers a little behind may hold, of all topics together. */
export class Window {
  #used = 0;

  constructor(private readonly maxChars: number) {}

  /** Whether a topic that keeps so much has to forget some: the one that fills the window does first. */
  mustForget(chars: number): boolean {
    if (this.#used <= this.maxChars) return false;
    return chars > this.maxChars * SHARE || this.#used > 2 * this.maxChars;
  }

  take(chars: number): void {
    this.#used += chars;
  }
}

/** Where a topic's events come from once they are no longer at hand. */
export type ReadStored = (after: number, upTo: number) => AsyncIterable<FeedItem[]>;

export interface TopicOptions {
  /** Place of the last durable event when the topic begins. */
  readonly head: number;
  readonly readStored: ReadStored;
  readonly window: Window;
  /** Whether nothing follows a `session_deleted`. */
  readonly endsWithSession: boolean;
  /** The last subscriber has gone. */
  readonly onEmpty: () => void;
}

/**
 * The events of one session, or of all. Subscribers are cursors; recent groups are kept only while one of
 * them is a little behind, as a shortcut. What is right is what storage says.
 */
export class Topic {
  readonly cursors = new Set<Cursor>();
  /** Ascending by place. */
  #groups: Group[] = [];
  #chars = 0;
  #head: number;
  #hasEnded = false;
  /** Every event after this place is at hand. */
  #floor: number;

  constructor(private readonly options: TopicOptions) {
    this.#head = options.head;
    this.#floor = options.head;
  }

  get endsWithSession(): boolean {
    return this.options.endsWithSession;
  }

  /** The session is gone: what comes under its id belongs to another. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Place of the last event published; all up to here is in storage. */
  get head(): number {
    return this.#head;
  }

  readStored(after: number, upTo: number): AsyncIterable<FeedItem[]> {
    return this.options.readStored(after, upTo);
  }

  publish(items: readonly FeedItem[]): void {
    const fresh = items.filter(({ place }) => place > this.#head);
    if (fresh.length === 0) return;
    const group = new Group(fresh);
    this.#head = group.last;
    this.#hasEnded = this.endsWithSession && group.endsSession;
    this.#groups.push(group);
    this.#keep(group.size);
    for (const cursor of this.cursors) cursor.pump();
    this.trim();
  }

  /** The next events after `place`, if they are still at hand. */
  groupAfter(place: number): Group | undefined {
    if (place < this.#floor) return undefined;
    let low = 0;
    let high = this.#groups.length;
    let middle = Math.max(0, high - 1);
    while (low < high) {
      if ((this.#groups[middle] as Group).last > place) high = middle;
      else low = middle + 1;
      middle = (low + high) >> 1;
    }
    return this.#groups[low]?.after(place);
  }

  /** Forgets groups nobody at hand needs, and the oldest while the window is full. */
  trim(): void {
    let needed = this.#head;
    for (const { place } of this.cursors) if (place < needed) needed = place;
    while (this.#groups.length > 0) {
      const oldest = this.#groups[0] as Group;
      if (oldest.last > needed && !this.options.window.mustForget(this.#chars)) return;
      this.#groups.shift();
      this.#keep(-oldest.size);
      this.#floor = oldest.last;
    }
  }

  #keep(chars: number): void {
    this.#chars += chars;
    this.options.window.take(chars);
  }

  remove(cursor: Cursor): void {
    this.cursors.delete(cursor);
    this.trim();
    if (this.cursors.size === 0) this.options.onEmpty();
  }
}
