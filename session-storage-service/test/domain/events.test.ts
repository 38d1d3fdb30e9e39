import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SessionEvent } from "session-protocol";
import { InvalidRequest, RecorderError, SessionClosed } from "../../src/domain/errors.js";
import { eventJson, quoted } from "../../src/domain/events.js";
import { stored } from "../support/events.js";
import { eventIdText, objectText, parsed } from "../support/json-text.js";

describe("an event's public shape", () => {
  it("is that of the protocol, with its data as it was sent", () => {
    fc.assert(
      fc.property(eventIdText, objectText, (id, raw) => {
        const event = stored({ seq: 3, offset: 9, id, raw, data: parsed(raw) });
        const text = eventJson(event);
        expect(SessionEvent.safeParse(JSON.parse(text)).success).toBe(true);
        expect(JSON.parse(text)).toMatchObject({ type: "action", sessionId: "s1", seq: 3, offset: 9, id });
        expect(text.endsWith(`,"data":${raw}}`)).toBe(true);
      }),
    );
  });

  it("quotes any text as JSON does", () => {
    fc.assert(
      fc.property(fc.oneof(eventIdText, fc.string()), (text) => {
        expect(JSON.parse(quoted(text))).toBe(text);
      }),
    );
  });
});

describe("a refusal", () => {
  it.each([
    ["", "events.3"],
    ["data.type", "events.3.data.type"],
  ])("at %j, in a batch, is at %j", (path, under) => {
    const error = InvalidRequest.at(path, "is wrong").under("events.3");
    expect([error.code, error.issues]).toEqual(["invalid_request", [{ path: under, message: "is wrong" }]]);
  });

  it("that names no place, in a batch, names the event", () => {
    const { issues, message } = new SessionClosed("s1", "completed").under("events.0");
    expect(issues).toEqual([{ path: "events.0", message }]);
  });

  it("is known by its own name", () => {
    expect(new SessionClosed("s1", "completed")).toBeInstanceOf(RecorderError);
    expect(new SessionClosed("s1", "completed").name).toBe("SessionClosed");
  });
});
