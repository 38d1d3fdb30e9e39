import { describe, expect, it } from "vitest";
import { Outbox, type QueuedEvent } from "../src/outbox.js";

const event = (line: string, more: Partial<QueuedEvent> = {}): QueuedEvent => ({ line, bytes: 10, ...more });

function outboxOf(lines: string, limits = { maxEvents: 100, maxBytes: 1_000 }): Outbox {
  const outbox = new Outbox(limits);
  for (const line of lines) outbox.push(event(line));
  return outbox;
}

const linesOf = (events: readonly QueuedEvent[]): string => events.map(({ line }) => line).join("");

describe("Outbox", () => {
  it.each([
    ["events", { maxEvents: 2, maxBytes: 1_000 }],
    ["bytes", { maxEvents: 100, maxBytes: 29 }],
  ])("drops and counts what is over its limit of %s", (_, limits) => {
    const outbox = outboxOf("ab", limits);
    expect(outbox.push(event("c"))).toBe(false);
    expect(outbox.counts).toEqual({ recorded: 3, sent: 0, pending: 2, dropped: 1, rejected: 0 });
    outbox.acknowledge(1);
    expect(outbox.push(event("d"))).toBe(true);
    expect(linesOf(outbox.batch(10, 1_000))).toBe("bd");
  });

  it("takes the end of the session although it is full", () => {
    const outbox = outboxOf("ab", { maxEvents: 2, maxBytes: 20 });
    expect(outbox.push(event("end", { finalizes: true }))).toBe(true);
    for (let i = 0; i < 10; i += 1) outbox.push(event("end", { finalizes: true }));
    expect(outbox.size).toBe(6);
  });

  it.each([
    [3, 1_000, "abc"],
    [10, 35, "abc"],
    [10, 30, "abc"],
    [10, 5, "a"],
    [10, 1_000, "abcdef"],
  ])("gives at most %i events and %i bytes a batch, and always one", (maxEvents, maxBytes, lines) => {
    expect(linesOf(outboxOf("abcdef").batch(maxEvents, maxBytes))).toBe(lines);
  });

  it("puts nothing after the end of the session into its batch", () => {
    const outbox = outboxOf("ab");
    outbox.push(event("E", { finalizes: true }));
    outbox.push(event("c"));
    expect(linesOf(outbox.batch(10, 1_000))).toBe("abE");
  });

  it("accounts for every event, and tells it what became of it", () => {
    const outbox = outboxOf("");
    const fates: string[] = [];
    for (const line of "abcde") {
      outbox.push(event(line, { onSettled: (stored) => fates.push(`${line}${stored ? "+" : "-"}`) }));
    }
    outbox.reject(new Set([1, 2]));
    outbox.acknowledge(2);
    outbox.close();
    outbox.push(event("f", { onSettled: (stored) => fates.push(`f${stored ? "+" : "-"}`) }));
    outbox.drop();
    expect(fates).toEqual(["b-", "c-", "a+", "d+", "f-"]);
    expect(outbox.settled).toBe(4);
    expect(outbox.counts).toEqual({ recorded: 7, sent: 2, pending: 1, dropped: 4, rejected: 2 });
  });

  it("lets nothing out that could not be made fit, and goes on with the rest", () => {
    const seal = (sealed: QueuedEvent): QueuedEvent => {
      if (sealed.line === "b") throw new Error("cannot be read");
      return { ...sealed, line: sealed.line.toUpperCase() };
    };
    const outbox = new Outbox({ maxEvents: 10, maxBytes: 1_000 }, seal);
    const fates: unknown[] = [];
    for (const line of "abc")
      outbox.push(event(line, { onSettled: (...fate) => fates.push([line, ...fate]) }));
    expect(outbox.seal(3)).toBe(true);
    expect(linesOf(outbox.batch(10, 1_000))).toBe("AC");
    expect(fates).toEqual([["b", false, expect.stringContaining("made fit")]]);
    expect(outbox.counts).toMatchObject({ recorded: 3, pending: 2, dropped: 1 });
    expect(outbox.settled).toBe(1);
  });

  it("puts what it may in a quarter of a megabyte on disk however little time was left", () => {
    const outbox = new Outbox({ maxEvents: 1_000, maxBytes: 100_000 });
    for (let i = 0; i < 1_000; i += 1) outbox.push(event("a"));
    let looks = 0;
    const range = { least: 1, most: Infinity, maxBytes: 256 * 1024 };
    const moved = outbox.move(
      range,
      () => true,
      () => (looks += 1) > 3,
    );
    expect(moved).toBeGreaterThan(0);
    expect(moved).toBeLessThan(500);
    expect(outbox.counts).toMatchObject({ recorded: 1_000, pending: 1_000 - moved });
  });
});
