import { isDeepStrictEqual } from "node:util";
import { SessionEvent } from "session-protocol";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";
import type { Client } from "./client.js";
import { waitFor } from "./waiting.js";

/** A live reader of some sessions that comes back after every break and names the last event it saw. */
export class Follower {
  readonly #events: SessionEvent[] = [];
  #socket: WebSocket | undefined;

  /** Of one session, resumed by `seq`; without it of everything there is, resumed by `offset`. */
  constructor(readonly sessionId?: string) {
    onTestFinished(() => this.#socket?.terminate());
  }

  connect(url: string): void {
    this.#socket?.terminate();
    const socket = new WebSocket(`${url.replace("http", "ws")}/ws?${this.#place()}`);
    // The service is killed under it: a broken connection is what this is about.
    socket.on("error", () => undefined);
    socket.on("message", (frame: Buffer) => this.#receive(JSON.parse(frame.toString()) as { type: string }));
    this.#socket = socket;
  }

  /** Waits until it has what is stored of these sessions: what it saw differently, over all breaks. */
  async differences(client: Client, sessionIds: readonly string[]): Promise<string[]> {
    const logs = await Promise.all(sessionIds.map((sessionId) => client.events(sessionId)));
    const stored = logs.flat().sort((a, b) => a.offset - b.offset);
    await waitFor(
      () => `the live reader, at ${this.#events.length} of ${stored.length}`,
      () => this.#events.length >= stored.length || undefined,
    );
    const seen = this.#events;
    return seen.flatMap((event, index) =>
      isDeepStrictEqual(event, stored[index])
        ? []
        : [`${JSON.stringify(event)} was sent for ${JSON.stringify(stored[index])}`],
    );
  }

  #place(): string {
    const last = this.#events.at(-1);
    return this.sessionId === undefined
      ? `after=${last?.offset ?? 0}`
      : `session=${this.sessionId}&after=${last?.seq ?? 0}`;
  }

  #receive(frame: { type: string }): void {
    if (frame.type !== "connected") this.#events.push(SessionEvent.parse(frame));
  }
}
