import type { SessionEvent } from "session-protocol";
import { describe, expect, it } from "vitest";
import { EventLog, PAGE_EVENTS } from "../src/session/event-log.js";
import { eventOf } from "./support/scripted-sockets.js";

/** A stored session; `asked` are the pages that were read. */
class Stored {
  readonly asked: number[] = [];
  fails = false;

  constructor(public count: number) {}

  events(after: number, limit: number): Promise<readonly SessionEvent[]> {
    this.asked.push(after / PAGE_EVENTS);
    if (this.fails) return Promise.reject(new Error("away"));
    const length = Math.max(0, Math.min(limit, this.count - after));
    return Promise.resolve(Array.from({ length }, (_, i) => eventOf(after + 1 + i)));
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const seqs = (log: EventLog, ...wanted: number[]) => wanted.map((seq) => log.event(seq)?.seq);

function logOf(count: number, maxChars = 1_000_000) {
  const stored = new Stored(count);
  return { stored, log: new EventLog(stored, count, { maxChars }) };
}

describe("a session's events", () => {
  it("are loaded by the page when they are looked at, each page once", async () => {
    const { stored, log } = logOf(1_000);
    expect(seqs(log, 450, 451)).toEqual([undefined, undefined]);
    await settled();
    expect(seqs(log, 401, 450, 600)).toEqual([401, 450, 600]);
    expect(stored.asked).toEqual([2]);
  });

  it("tell their listeners when they have come", async () => {
    const { log } = logOf(10);
    let told = 0;
    const stop = log.subscribe(() => (told += 1));
    log.event(1);
    await settled();
    expect(told).toBe(1);
    stop();
    log.append([eventOf(11)]);
    expect(told).toBe(1);
  });

  it("beyond the last one are none, and are not asked for", () => {
    const { stored, log } = logOf(10);
    expect(seqs(log, 0, 11)).toEqual([undefined, undefined]);
    expect(stored.asked).toEqual([]);
  });

  it("that are told live join those that are loaded", async () => {
    const { stored, log } = logOf(150);
    log.event(150);
    await settled();
    log.append(Array.from({ length: 100 }, (_, i) => eventOf(151 + i)));
    expect(log.lastSeq).toBe(250);
    expect(seqs(log, 150, 151, 200, 201, 250)).toEqual([150, 151, 200, 201, 250]);
    expect(stored.asked).toEqual([0]);
  });

  it("that are told live before their page was loaded are loaded when looked at", async () => {
    const { stored, log } = logOf(150);
    log.append([eventOf(151)]);
    stored.count = 151;
    expect(log.event(151)).toBeUndefined();
    await settled();
    expect(seqs(log, 1, 151)).toEqual([1, 151]);
  });

  it("that a page brings before they are told live are not taken twice", async () => {
    const { stored, log } = logOf(10);
    stored.count = 12;
    log.event(10);
    await settled();
    log.append([eventOf(11), eventOf(12), eventOf(13)]);
    expect(log.lastSeq).toBe(13);
    expect(seqs(log, 11, 12, 13)).toEqual([11, 12, 13]);
  });

  it("that came while their page was on its way are asked for again", async () => {
    const { stored, log } = logOf(10);
    log.event(10);
    log.append([eventOf(11)]);
    await settled();
    stored.count = 11;
    expect(log.event(11)).toBeUndefined();
    await settled();
    expect(seqs(log, 10, 11)).toEqual([10, 11]);
  });

  it("looked at longest ago go when too many are held", async () => {
    const page = JSON.stringify(eventOf(2_000)).length * PAGE_EVENTS;
    const { stored, log } = logOf(2_000, page * 3);
    for (const seq of [1, 201, 401, 1, 601]) {
      log.event(seq);
      await settled();
    }
    expect(log.chars).toBeLessThanOrEqual(page * 3);
    expect(seqs(log, 1, 601)).toEqual([1, 601]);
    expect(log.event(201)).toBeUndefined();
    expect(stored.asked).toEqual([0, 1, 2, 3, 1]);
  });

  it("that could not be loaded say why, and are asked for again only when told to", async () => {
    const { stored, log } = logOf(10);
    stored.fails = true;
    log.event(1);
    await settled();
    log.event(1);
    expect(log.failure(1)?.message).toBe("away");
    expect(stored.asked).toEqual([0]);
    stored.fails = false;
    log.retry();
    log.event(1);
    await settled();
    expect(seqs(log, 1)).toEqual([1]);
  });
});
