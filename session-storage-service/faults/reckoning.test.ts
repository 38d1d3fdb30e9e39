import type { SessionEvent } from "session-protocol";
import { expect, it } from "vitest";
import type { Write } from "./support/ledger.js";
import { discrepancies } from "./support/reckoning.js";

/** The other tests are worth what this one shows: the reckoning sees each kind of broken promise. */
const sent = write("a", 2);
const batch = write("bcd", 3);
const stored = events("-abcd");

it("finds nothing wrong with what was kept", () => {
  expect(discrepancies(stored, [sent, batch])).toEqual([]);
});

it("allows a write in doubt to be stored or not", () => {
  expect(discrepancies(stored, [sent, write("bcd")])).toEqual([]);
  expect(discrepancies(events("-a"), [sent, write("bcd")])).toEqual([]);
});

it.each([
  ["a lost event", events("-"), [sent]],
  ["a lost tail of a batch", events("-abc"), [sent, batch]],
  ["half a batch in doubt", events("-abc"), [sent, write("bcd")]],
  ["a batch in doubt that begins too late", events("-acd"), [sent, write("bcd")]],
  ["a repeated event", events("-aa"), [sent]],
  ["events swapped", events("-acbd"), [sent, batch]],
  ["an event nobody sent", events("-ax"), [sent]],
  [
    "another content under the same id",
    stored.with(1, { ...eventOf("a", 1), data: { marker: "other" } }),
    [sent, batch],
  ],
  ["a gap in seq", stored.filter(({ seq }) => seq !== 3), [sent]],
  ["an offset that falls", stored.with(2, { ...eventOf("b", 2), offset: 1 }), [sent, batch]],
])("finds %s", (_, found, writes) => {
  expect(discrepancies(found, writes)).not.toEqual([]);
});

/** One letter an event; "-" is the service's own first one. */
function events(letters: string): SessionEvent[] {
  return letters.split("").map(eventOf);
}

function eventOf(letter: string, index: number): SessionEvent {
  return {
    type: letter === "-" ? "session_created" : "action",
    sessionId: "s",
    seq: index + 1,
    offset: index + 10,
    id: letter,
    timestamp: "2026-01-01T00:00:00.000Z",
    data: { marker: letter },
  };
}

function write(letters: string, firstSeq?: number): Write {
  return {
    writer: "w",
    call: { method: "POST", path: "/" },
    events: letters.split("").map((letter) => ({ id: letter, type: "action", data: { marker: letter } })),
    ...(firstSeq === undefined ? {} : { firstSeq }),
  };
}
