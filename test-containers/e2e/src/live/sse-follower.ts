import { setTimeout as sleep } from "node:timers/promises";
import type { SessionEvent } from "session-protocol";
import { RETRY_MS, type Address, type Follower } from "./follower.js";

/** Attached once it resolves. Resumes as browsers do: by the id of the last event. */
export async function followByServerSentEvents(address: Address): Promise<Follower> {
  const seen: SessionEvent[] = [];
  const closing = new AbortController();
  let lastId = "0";
  let breaks = 0;

  const connect = async (): Promise<ReadableStream<Uint8Array>> => {
    const headers = { accept: "text/event-stream", "last-event-id": lastId };
    const response = await fetch(`${await address()}/api/stream`, { headers, signal: closing.signal });
    if (!response.ok || response.body === null) throw new Error(`/api/stream: ${response.status}`);
    return response.body;
  };
  const read = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
    for await (const { id, data } of messagesOf(stream)) {
      seen.push(JSON.parse(data) as SessionEvent);
      lastId = id;
    }
  };
  const follow = async (first: ReadableStream<Uint8Array>): Promise<void> => {
    let stream: ReadableStream<Uint8Array> | undefined = first;
    while (!closing.signal.aborted) {
      if (stream !== undefined) await read(stream).catch(() => undefined);
      if (stream !== undefined) breaks += 1;
      await sleep(RETRY_MS);
      stream = await connect().catch(() => undefined);
    }
  };

  void follow(await connect());
  return {
    kind: "SSE",
    seen,
    get breaks() {
      return breaks;
    },
    close: () => closing.abort(),
  };
}

interface Message {
  readonly id: string;
  readonly data: string;
}

/** Whole messages only: a broken one is sent again. */
async function* messagesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<Message> {
  let text = "";
  const decoder = new TextDecoder();
  for await (const part of stream) {
    text += decoder.decode(part, { stream: true });
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const field = (name: string): string | undefined =>
        block
          .split("\n")
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2);
      const [id, data] = [field("id"), field("data")];
      if (id !== undefined && data !== undefined) yield { id, data };
    }
  }
}
