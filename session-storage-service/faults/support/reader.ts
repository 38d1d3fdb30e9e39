import { once } from "node:events";
import { onTestFinished } from "vitest";
import { WebSocket } from "ws";

interface Frame {
  type: string;
  seq: number;
  offset: number;
}

/** A WebSocket client that counts and checks what it is sent. `key` is what must grow by one with every frame. */
export class Reader {
  received = 0;
  readonly #socket: WebSocket;
  #last: number | undefined;
  #wrong: string | undefined;

  private constructor(
    url: string,
    query: string,
    readonly key: "seq" | "offset",
  ) {
    this.#socket = new WebSocket(`${url.replace("http", "ws")}/ws${query}`, { perMessageDeflate: false });
    this.#socket.on("message", (frame: Buffer) => this.#receive(JSON.parse(frame.toString()) as Frame));
    onTestFinished(() => this.close());
  }

  static async open(url: string, query: string, key: "seq" | "offset"): Promise<Reader> {
    const reader = new Reader(url, query, key);
    await once(reader.#socket, "open");
    return reader;
  }

  /** What was wrong with the order of what it received, if anything. */
  get fault(): string | undefined {
    return this.#wrong;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  stopReading(): void {
    this.#socket.pause();
  }

  readAgain(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.terminate();
  }

  #receive(frame: Frame): void {
    if (frame.type === "connected") return;
    const expected = (this.#last ?? frame[this.key] - 1) + 1;
    if (frame[this.key] !== expected) this.#wrong ??= `${this.key} ${frame[this.key]} came for ${expected}`;
    this.#last = frame[this.key];
    this.received += 1;
  }
}
