import type { SessionEvent } from "session-protocol";
import type { Socket, Surroundings } from "../../src/live/follower.js";

export class ScriptedSocket implements Socket {
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  onopen: Socket["onopen"] = null;
  onerror: Socket["onerror"] = null;
  readonly sent: string[] = [];
  isClosed = false;

  constructor(readonly url: URL) {}

  send(text: string): void {
    this.sent.push(text);
  }

  close(): void {
    this.isClosed = true;
  }

  says(frame: object): void {
    this.onmessage?.({ data: JSON.stringify(frame) });
  }

  greets(lastSeq: number): void {
    this.says({ type: "connected", sessionId: "s", userId: null, timestamp: "", lastSeq, head: lastSeq });
  }

  tells(...seqs: number[]): void {
    for (const seq of seqs) this.says(eventOf(seq));
  }
}

/** Sockets that a test speaks for, and a clock that it moves. */
export class Script implements Surroundings {
  readonly sockets: ScriptedSocket[] = [];
  #timers = new Map<number, { atMs: number; work: () => void }>();
  #nowMs = 0;
  #made = 0;

  connect(url: URL): ScriptedSocket {
    const socket = new ScriptedSocket(url);
    this.sockets.push(socket);
    return socket;
  }

  random(): number {
    return 1;
  }

  setTimer(work: () => void, afterMs: number): number {
    this.#made += 1;
    this.#timers.set(this.#made, { atMs: this.#nowMs + afterMs, work });
    return this.#made;
  }

  clearTimer(timer: number): void {
    this.#timers.delete(timer);
  }

  get timers(): number {
    return this.#timers.size;
  }

  get socket(): ScriptedSocket {
    return this.sockets.at(-1) as ScriptedSocket;
  }

  pass(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, { atMs }]) => atMs <= endMs);
      const next = due.sort(([, a], [, b]) => a.atMs - b.atMs)[0];
      if (next === undefined) break;
      this.#nowMs = next[1].atMs;
      this.#timers.delete(next[0]);
      next[1].work();
    }
    this.#nowMs = endMs;
  }
}

export function eventOf(seq: number, data: object = { type: "note" }): SessionEvent {
  const timestamp = "2026-01-01T00:00:00.000Z";
  return {
    type: "action",
    sessionId: "s",
    seq,
    offset: seq,
    id: `e${String(seq)}`,
    timestamp,
    data: data as SessionEvent["data"],
  };
}
