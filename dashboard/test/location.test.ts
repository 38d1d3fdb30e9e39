import { describe, expect, it } from "vitest";
import { hashOf, placeOf } from "../src/app/location.js";

describe("a place in the page", () => {
  it.each([
    ["", { path: [], query: {} }],
    ["#/", { path: [], query: {} }],
    ["#/session/s1", { path: ["session", "s1"], query: {} }],
    ["#/session/s1?tab=state&seq=12", { path: ["session", "s1"], query: { tab: "state", seq: "12" } }],
    ["#/search?q=a%26b+c", { path: ["search"], query: { q: "a&b c" } }],
    ["#/x/%E0%A4%A", { path: ["x", "%E0%A4%A"], query: {} }],
  ])("%s is read from the address", (hash, place) => {
    expect(placeOf(hash)).toEqual(place);
  });

  it("is the same again after it was made an address of", () => {
    const query = { q: 'error "x" & y=?#', user: "ä/b" };
    expect(placeOf(hashOf(["session", "a/b?c#d"], query))).toEqual({ path: ["session", "a/b?c#d"], query });
  });

  it("leaves out what says nothing", () => {
    expect(hashOf([], { status: "", user: undefined, seq: 0 })).toBe("#/?seq=0");
  });
});
