import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EVENT_TYPES } from "session-protocol";
import { eventJson, type StoredEvent } from "../../src/domain/events.js";
import {
  asLatin1,
  decodeEvent,
  encodeLine,
  eventText,
  logOf,
  offsetOf,
  parseHeader,
  parseLatin1,
  seqOf,
  type LineHeader,
} from "../../src/projection/log-line.js";
import { NOON, stored } from "../support/events.js";
import { eventIdText, objectText, parsed } from "../support/json-text.js";

const SET_ASIDE = ["seq", "offset", "id", "receivedAt", "$sent"];

const anyEvent = fc
  .record({
    type: fc.constantFrom("action" as const, "response" as const, ...EVENT_TYPES),
    seq: fc.integer({ min: 1, max: 2 ** 40 }),
    offset: fc.integer({ min: 1, max: 2 ** 52 }),
    id: eventIdText,
    raw: objectText,
  })
  .map((fields): StoredEvent => ({ ...fields, sessionId: "s1", timestamp: NOON, data: parsed(fields.raw) }));

/** The line as it is read from the file: one character per byte, without the newline. */
const read = (line: string) => asLatin1(line).slice(0, -1);
const isSetAside = ({ type, data }: StoredEvent) =>
  logOf(type) !== "events" && SET_ASIDE.some((key) => Object.hasOwn(data, key));

describe("an event", () => {
  it("comes back from its line as it was", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const { data, raw, ...rest } = decodeEvent(
          logOf(event.type),
          "s1",
          read(encodeLine(event)),
        ) as StoredEvent;
        expect(rest).toEqual({ ...event, data: undefined, raw: undefined });
        expect(JSON.parse(JSON.stringify(data))).toEqual(JSON.parse(JSON.stringify(event.data)));
        if (!isSetAside(event)) expect(raw).toBe(event.raw);
      }),
      { numRuns: 2_000 },
    );
  });

  it("is shown to readers of the files as it is shown live", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const line = read(encodeLine(event));
        const shown = eventText(logOf(event.type), "s1", line, parseHeader(line) as LineHeader);
        if (!isSetAside(event)) expect(shown).toBe(asLatin1(eventJson(event)));
        expect(parseLatin1(shown)).toMatchObject({
          seq: event.seq,
          offset: event.offset,
          id: event.id,
          type: event.type,
        });
      }),
    );
  });

  it("takes one line of JSON whose numbers stand at its start", () => {
    fc.assert(
      fc.property(anyEvent, (event) => {
        const line = encodeLine(event);
        expect(line.indexOf("\n")).toBe(line.length - 1);
        expect(parsed(line)).toMatchObject({ seq: event.seq, offset: event.offset, id: event.id });
        expect([seqOf(line), offsetOf(line)]).toEqual([event.seq, event.offset]);
      }),
    );
  });
});

describe("a line", () => {
  const header = '{"seq":7,"offset":123,"id":"e7"';
  it.each<[string, Partial<StoredEvent>, string]>([
    [
      "an action, flat",
      { raw: '{"type":"tool_call", "tool":"Read"}' },
      `${header},"timestamp":"${NOON}","type":"tool_call", "tool":"Read"}`,
    ],
    [
      "a response, flat",
      { type: "response", raw: '{"type":"text","content":"hi"}' },
      `${header},"timestamp":"${NOON}","type":"text","content":"hi"}`,
    ],
    [
      "any other event, its data as one key",
      { type: "goal_added", raw: '{"id":"g1"}' },
      `${header},"timestamp":"${NOON}","type":"goal_added","data":{"id":"g1"}}`,
    ],
    [
      "the sender's own timestamp, and when it was received",
      { raw: '{"type":"x","timestamp":"then"}' },
      `${header},"receivedAt":"${NOON}","type":"x","timestamp":"then"}`,
    ],
    [
      "keys of the header that were sent, set aside",
      { raw: '{"seq":1,"type":"x","id":"own","$sent":2}' },
      `${header},"timestamp":"${NOON}","type":"x","$sent":{"seq":1,"id":"own","$sent":2}}`,
    ],
    [
      "a sent key that is spelled with escapes, set aside as well",
      { raw: '{"type":"x","\\u0073eq":1}' },
      `${header},"timestamp":"${NOON}","type":"x","$sent":{"seq":1}}`,
    ],
    [
      "keys of the header deeper in the data, where they were",
      { raw: '{"type":"x","input":{"seq":1,"$sent":{"id":12345678901234567890}}}' },
      `${header},"timestamp":"${NOON}","type":"x","input":{"seq":1,"$sent":{"id":12345678901234567890}}}`,
    ],
  ])("holds %s", (_, fields, line) => {
    const raw = fields.raw ?? "{}";
    expect(encodeLine(stored({ seq: 7, offset: 123, ...fields, data: parsed(raw) }))).toBe(`${line}\n`);
  });

  it("keeps numbers beyond a double beside a key that looks like one of the service's", () => {
    const raw = '{"type":"x","input":{"$sent":{"id":12345678901234567890}}}';
    const event = stored({ seq: 1, data: parsed(raw), raw });
    expect(decodeEvent("actions", "s1", read(encodeLine(event)))?.raw).toBe(raw);
  });
});

describe("a damaged line", () => {
  const line = read(encodeLine(stored({ seq: 12, offset: 34, id: 'a"b', raw: '{"type":"x"}' })));

  it.each([
    ["empty", ""],
    ["zeros", "\0".repeat(100)],
    ["of another program", '{"level":30,"msg":"hello"}'],
    ["without an offset", line.replace('"offset"', '"offsex"')],
    ["without an id", line.replace('"id"', '"ix"')],
    ["without a time", line.replace('"timestamp"', '"timestamq"')],
    ["without its end", line.slice(0, -1)],
  ])("is no event: %s", (_, text) => {
    expect(parseHeader(text)).toBeUndefined();
    expect(decodeEvent("actions", "s1", text)).toBeUndefined();
  });

  it("is no event wherever it is cut off", () => {
    for (let length = 0; length < line.length; length += 1) {
      expect(decodeEvent("actions", "s1", line.slice(0, length))).toBeUndefined();
    }
  });

  it("is no event where its body is not JSON", () => {
    expect(decodeEvent("actions", "s1", line.replace('"x"', "x"))).toBeUndefined();
  });
});
