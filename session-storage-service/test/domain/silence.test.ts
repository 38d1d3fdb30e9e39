import { describe, expect, it } from "vitest";
import { Silence } from "../../src/domain/silence.js";

function watching(limitMs: number) {
  const clock = { ms: 0 };
  return { clock, silence: new Silence(limitMs, () => clock.ms) };
}

describe("a session's silence", () => {
  it("is told once, when it has lasted", () => {
    const { clock, silence } = watching(100);
    silence.heard("s1");
    clock.ms = 99;
    expect(silence.takeSilent()).toEqual([]);
    clock.ms = 100;
    expect(silence.takeSilent()).toEqual(["s1"]);
    expect(silence.takeSilent()).toEqual([]);
  });

  it("begins anew with every sign of life, whatever the order of the first ones", () => {
    const { clock, silence } = watching(100);
    silence.heard("s1");
    silence.heard("s2");
    clock.ms = 60;
    silence.heard("s1");
    clock.ms = 120;
    expect(silence.takeSilent()).toEqual(["s2"]);
    clock.ms = 160;
    expect(silence.takeSilent()).toEqual(["s1"]);
  });

  it("is nobody's any more once the session is forgotten", () => {
    const { clock, silence } = watching(100);
    silence.heard("s1");
    silence.forget("s1");
    clock.ms = 1_000;
    expect([silence.watched, silence.takeSilent()]).toEqual([0, []]);
  });
});
