import { describe, expect, it } from "vitest";
import { Follower, type LinkState } from "../src/live/follower.js";
import { Script } from "./support/scripted-sockets.js";

function following(after = 0, sessionId: string | null = "s") {
  const script = new Script();
  const seqs: number[] = [];
  const states: string[] = [];
  const follower = new Follower(
    {
      address: new URL("http://service/ws"),
      sessionId: sessionId ?? undefined,
      after,
      onEvents: (events) => seqs.push(...events.map((event) => event.seq)),
      onState: (state: LinkState) => states.push(state.kind),
    },
    script,
  );
  return { script, seqs, states, follower };
}

describe("following a session", () => {
  it("asks for what comes after the last event seen, and is live once that was told", () => {
    const { script, seqs, states } = following(2);
    expect(script.socket.url.href).toBe("ws://service/ws?session=s&after=2");
    script.socket.greets(4);
    script.socket.tells(3, 4);
    expect(states).toEqual(["replaying"]);
    script.pass(40);
    expect(seqs).toEqual([3, 4]);
    expect(states).toEqual(["replaying", "live"]);
  });

  it("is live at once where nothing was missed", () => {
    const { script, states } = following(4);
    script.socket.greets(4);
    expect(states).toEqual(["live"]);
  });

  it("tells what comes together together", () => {
    const { script, seqs } = following();
    script.socket.greets(0);
    script.socket.tells(1);
    script.pass(20);
    script.socket.tells(2);
    expect(seqs).toEqual([]);
    script.pass(20);
    expect(seqs).toEqual([1, 2]);
  });

  it("holds back no more than a bounded number", () => {
    const { script, seqs } = following();
    script.socket.greets(5_000);
    for (let seq = 1; seq <= 4_100; seq += 1) script.socket.tells(seq);
    expect(seqs.length).toBe(4_000);
  });

  it("passes over an event that it has told already", () => {
    const { script, seqs } = following();
    script.socket.greets(2);
    script.socket.tells(1, 1, 2, 1);
    script.pass(40);
    expect(seqs).toEqual([1, 2]);
  });

  it("asks again where an event is missing between two", () => {
    const { script, seqs } = following();
    script.socket.greets(0);
    script.socket.tells(1, 3);
    expect(script.socket.isClosed).toBe(true);
    script.pass(1_000);
    expect(script.socket.url.searchParams.get("after")).toBe("1");
    script.socket.greets(3);
    script.socket.tells(2, 3);
    script.pass(40);
    expect(seqs).toEqual([1, 2, 3]);
  });

  it("comes back after a lost connection, with longer and longer pauses", () => {
    const { script, states } = following();
    for (const pauseMs of [250, 500, 1_000]) {
      script.socket.onclose?.();
      const before = script.sockets.length;
      script.pass(pauseMs - 1);
      expect(script.sockets.length).toBe(before);
      script.pass(1);
      expect(script.sockets.length).toBe(before + 1);
    }
    script.socket.greets(0);
    expect(states.at(-1)).toBe("live");
    script.socket.onclose?.();
    script.pass(250);
    expect(script.sockets.length).toBe(5);
  });

  it("gives up a connection that does not answer a ping", () => {
    const { script, states } = following();
    script.socket.greets(0);
    script.pass(15_000);
    expect(script.socket.sent).toEqual(['{"type":"ping"}']);
    script.socket.says({ type: "pong" });
    script.pass(15_000);
    expect(script.socket.sent.length).toBe(2);
    script.pass(8_000);
    expect(states.at(-1)).toBe("waiting");
    expect(script.socket.isClosed).toBe(true);
  });

  it("gives up a connection that is never established", () => {
    const { script } = following();
    script.pass(8_000 + 250);
    expect(script.sockets.length).toBe(2);
  });

  it("tries the connection at once when the machine wakes up", () => {
    const { script, follower } = following();
    script.socket.greets(0);
    follower.wake();
    expect(script.socket.sent).toEqual(['{"type":"ping"}']);
    script.pass(8_000);
    follower.wake();
    expect(script.sockets.length).toBe(2);
  });

  it("takes nothing from a connection it has given up", () => {
    const { script, seqs } = following();
    const old = script.socket;
    old.greets(1);
    old.onclose?.();
    script.pass(250);
    old.tells(1);
    script.pass(40);
    expect(seqs).toEqual([]);
  });

  it("ends where the service has no such session", () => {
    const { script, states } = following();
    script.socket.says({ type: "error", code: "session_not_found" });
    expect(states).toEqual(["ended"]);
    script.pass(60_000);
    expect(script.sockets.length).toBe(1);
  });

  it("ends where the service has fewer events than were seen: its store is another", () => {
    const { script, states } = following(10);
    script.socket.greets(3);
    expect(states).toEqual(["ended"]);
  });

  it("leaves no connection and no timer behind when closed", () => {
    const { script, seqs, follower } = following();
    script.socket.greets(1);
    script.socket.tells(1);
    follower.close();
    expect(seqs).toEqual([1]);
    expect(script.socket.isClosed).toBe(true);
    expect(script.timers).toBe(0);
  });
});

describe("following all sessions", () => {
  it("counts by offset, in which there may be holes", () => {
    const { script, seqs } = following(7, null);
    expect(script.socket.url.href).toBe("ws://service/ws?after=7");
    script.socket.greets(9);
    script.socket.tells(9, 12);
    script.pass(40);
    expect(seqs).toEqual([9, 12]);
  });
});
