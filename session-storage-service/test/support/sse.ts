import { once } from "node:events";
import http from "node:http";
import { onTestFinished } from "vitest";

export interface SseMessage {
  readonly id: number | undefined;
  readonly event: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A reader of server-sent events: what came so far, and whether the stream is over. */
export class SseReader {
  readonly messages: SseMessage[] = [];
  comments = 0;
  isOver = false;
  #rest = "";

  private constructor(readonly answer: http.IncomingMessage) {
    answer.setEncoding("utf8");
    answer.on("data", (text: string) => this.#take(text));
    answer.on("end", () => (this.isOver = true));
    answer.on("error", () => undefined);
    onTestFinished(() => {
      answer.destroy();
    });
  }

  static async open(url: string, headers: http.OutgoingHttpHeaders = {}): Promise<SseReader> {
    const request = http.get(url, { headers, agent: false });
    const [answer] = (await once(request, "response")) as [http.IncomingMessage];
    return new SseReader(answer);
  }

  get status(): number | undefined {
    return this.answer.statusCode;
  }

  get events(): string[] {
    return this.messages.map(({ event }) => event);
  }

  get ids(): (number | undefined)[] {
    return this.messages.map(({ id }) => id);
  }

  /** All of a stream that comes to an end of its own. */
  async all(): Promise<SseMessage[]> {
    if (!this.isOver) await once(this.answer, "end");
    return this.messages;
  }

  #take(text: string): void {
    const blocks = (this.#rest + text).split("\n\n");
    this.#rest = blocks.pop() ?? "";
    for (const block of blocks) {
      if (block.startsWith(":")) this.comments += 1;
      else this.messages.push(messageOf(block));
    }
  }
}

function messageOf(block: string): SseMessage {
  const fields = new Map(
    block.split("\n").map((line) => {
      const colon = line.indexOf(": ");
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
  const id = fields.get("id");
  return {
    id: id === undefined ? undefined : Number(id),
    event: fields.get("event") ?? "",
    data: JSON.parse(fields.get("data") ?? "") as SseMessage["data"],
  };
}
