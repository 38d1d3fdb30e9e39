import { describe, expect, it } from "vitest";
import { classifyRefusal, describeRefusal } from "../src/rejection.js";
import { problem } from "./support/agents.js";

const at = (path: string): { path: string; message: string } => ({ path, message: "is wrong" });

describe("classifyRefusal", () => {
  it.each([
    ["names events", problem(400, "invalid_request", [at("events.2.data.type"), at("events.4")]), [2, 4]],
    ["names an event by a domain rule", problem(404, "agent_not_found", [at("events.0.data.agentId")]), [0]],
  ])("that %s is about them", (_, answer, positions) => {
    expect(classifyRefusal(answer, 5)).toEqual({ about: "events", positions: new Set(positions) });
  });

  it.each([
    ["a missing goal", problem(404, "goal_not_found")],
    ["a body too large", problem(413, "payload_too_large")],
    ["an event outside the batch", problem(400, "invalid_request", [at("events.7.type")])],
    ["a 400 of something in between", { status: 400, body: undefined }],
  ])("of %s is about an event it does not name", (_, answer) => {
    expect(classifyRefusal(answer, 5)).toEqual({ about: "unnamed-events" });
  });

  it.each([
    ["a closed session", problem(409, "session_closed", [at("events.0")])],
    ["no permission", problem(403, "forbidden")],
    ["a wrong address", problem(404, "route_not_found")],
    ["a 404 of something in between", { status: 404, body: "<html>" }],
    ["bad words for the new session", problem(400, "invalid_request", [at("create.userId")])],
  ])("of %s is about the whole batch", (_, answer) => {
    expect(classifyRefusal(answer, 5)).toEqual({ about: "batch" });
  });

  it.each(["session_exists", "session_not_found"])("with %s is about the creation", (code) => {
    expect(classifyRefusal(problem(409, code), 5)).toEqual({ about: "creation" });
  });
});

describe("describeRefusal", () => {
  it("says what the problem document says", () => {
    const answer = problem(400, "invalid_request", [at("events.2.data.type")]);
    expect(describeRefusal(answer)).toBe(
      "400, invalid_request, invalid_request, events.2.data.type: is wrong",
    );
  });

  it.each([[undefined], ["<html>"], [{ code: 7, errors: [null, 3] }]])(
    "makes do with the body %j",
    (body) => {
      expect(describeRefusal({ status: 418, body })).toBe("418");
    },
  );
});
