import { appendFileSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { QueuedEvent } from "../src/outbox.js";
import { SpoolLog } from "../src/spool-log.js";
import { temporaryFolder } from "./support/folders.js";

const producer = { id: "p1", recorded: 10, dropped: 1 };

function event(n: number): QueuedEvent {
  const line = `{"type":"action","id":"${n}","data":{}}`;
  return { line, bytes: line.length + 1 };
}

const upTo = (count: number, from = 0): QueuedEvent[] =>
  Array.from({ length: count }, (_, i) => event(from + i));

const numbers = (events: readonly QueuedEvent[]): number[] =>
  events.map(({ line }) => Number((JSON.parse(line) as { id: string }).id));

function logIn(folder: string, segmentBytes = 100_000): SpoolLog {
  return SpoolLog.create(folder, segmentBytes, producer);
}

const segments = (folder: string): number =>
  readdirSync(folder).filter((name) => name.endsWith(".jsonl")).length;

describe("a spool's log", () => {
  it("gives back what was put in, in order, over many segments, and removes what is done with", () => {
    const folder = temporaryFolder();
    const log = logIn(folder, 200);
    for (let i = 0; i < 10; i += 1) log.append(upTo(7, i * 7), 0, producer);
    expect(log.size).toBe(70);
    expect(segments(folder)).toBeGreaterThan(5);
    const got: number[] = [];
    while (log.size > 0) {
      const events = log.head(3, 1_000);
      got.push(...numbers(events));
      log.consume(events.length);
    }
    expect(got).toEqual(Array.from({ length: 70 }, (_, i) => i));
    expect(segments(folder)).toBe(0);
    log.append(upTo(1), 0, producer);
    expect(numbers(log.head(10, 1_000))).toEqual([0]);
  });

  it("goes on in another process where the former had got to, with the producer's totals", () => {
    const folder = temporaryFolder();
    const log = logIn(folder, 200);
    for (let i = 0; i < 4; i += 1) log.append(upTo(5, i * 5), 0, { ...producer, recorded: 20 });
    log.head(7, 1_000);
    log.consume(log.head(7, 1_000).length);
    const sent = 20 - log.size;
    log.close();
    const next = SpoolLog.open(folder, 200);
    expect(next?.producer).toEqual({ ...producer, recorded: 20 });
    expect(next?.size).toBe(20 - sent);
    expect(numbers(next?.head(100, 1) ?? [])).toEqual([sent]);
  });

  it("leaves out a line that was cut short when the process was killed", () => {
    const folder = temporaryFolder();
    const log = logIn(folder);
    log.append(upTo(2), 0, producer);
    log.close();
    appendFileSync(join(folder, "000002.jsonl"), '{"type":"action","id":"2"');
    const next = SpoolLog.open(folder, 1_000);
    expect(numbers(next?.head(10, 1_000) ?? [])).toEqual([0, 1]);
    next?.consume(2);
    expect(next?.head(10, 1_000)).toEqual([]);
    expect(next?.size).toBe(0);
  });

  it("sends everything there is where its document is damaged", () => {
    const folder = temporaryFolder();
    logIn(folder).append(upTo(2), 0, producer);
    writeFileSync(join(folder, "spool.json"), '{"producer"');
    expect(numbers(SpoolLog.open(folder, 1_000)?.head(10, 1_000) ?? [])).toEqual([0, 1]);
  });

  it("does without a segment that somebody deleted", () => {
    const folder = temporaryFolder();
    const log = logIn(folder, 1);
    for (let i = 0; i < 3; i += 1) log.append([event(i)], 0, producer);
    rmSync(join(folder, "000003.jsonl"));
    const got: number[] = [];
    for (let events = log.head(1, 1); events.length > 0; events = log.head(1, 1)) {
      got.push(...numbers(events));
      log.consume(1);
    }
    expect(got).toEqual([0, 2]);
    expect(log.size).toBe(0);
  });

  it("drops the oldest to make room, but nothing that is being sent", () => {
    const folder = temporaryFolder();
    const log = logIn(folder, 1);
    for (let i = 0; i < 4; i += 1) log.append(upTo(2, i * 2), 0, producer);
    expect(numbers(log.head(1, 1))).toEqual([0]);
    expect(log.dropOldest()).toBe(2);
    expect(log.size).toBe(6);
    expect(log.producer.dropped).toBe(3);
    log.consume(1);
    const got = [];
    for (let events = log.head(9, 1_000); events.length > 0; events = log.head(9, 1_000)) {
      got.push(...numbers(log.consume(events.length)));
    }
    expect(got).toEqual([1, 4, 5, 6, 7]);
    expect(log.dropOldest()).toBe(0);
  });

  it("answers for events that were in flight when they were written", () => {
    const folder = temporaryFolder();
    const log = logIn(folder);
    log.append(upTo(5), 2, producer);
    expect(numbers(log.consume(2))).toEqual([0, 1]);
    expect(numbers(log.head(10, 1_000))).toEqual([2, 3, 4]);
    expect(numbers(log.remove(new Set([1])))).toEqual([3]);
    log.close();
    expect(numbers(SpoolLog.open(folder, 1_000)?.head(10, 1_000) ?? [])).toEqual([2, 3, 4]);
    expect(numbers(log.head(10, 1_000))).toEqual([2, 4]);
  });

  it("is as it was where the disk did not take what was to be written", () => {
    const folder = join(temporaryFolder(), "log");
    mkdirSync(folder);
    const log = logIn(folder);
    log.append(upTo(2), 0, producer);
    rmSync(folder, { recursive: true });
    expect(() => log.append(upTo(2, 2), 0, { ...producer, recorded: 99 })).toThrow("ENOENT");
    expect(log.size).toBe(2);
    expect(log.producer).toEqual(producer);
  });
});
