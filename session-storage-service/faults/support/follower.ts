import { SessionEvent } from "session-protocol";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";

/** A WebSocket reader of one session that comes back after every break and names the last event it saw. */
export class Follower {
  readonly events: SessionEvent[] = [];
  #socket: WebSocket | undefined;

  constructor(readonly sessionId: string) {
    onTestFinished(() => this.#socket?.terminate());
  }

  connect(url: string): void {
    this.#socket?.terminate();
    const after = this.events.at(-1)?.seq ?? 0;
    const socket = new WebSocket(`${url.replace("http", "ws")}/ws?session=${this.sessionId}&after=${after}`);
    // The service is killed under it: a broken connection is what this test is about.
    socket.on("error", () => undefined);
    socket.on("message", (frame: Buffer) => this.#receive(JSON.parse(frame.toString()) as { type: string }));
    this.#socket = socket;
  }

  #receive(frame: { type: string }): void {
    if (frame.type !== "connected") this.events.push(SessionEvent.parse(frame));
  }
}
