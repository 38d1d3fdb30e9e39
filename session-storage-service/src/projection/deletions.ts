import fs from "node:fs";
import { eventJson, type StoredEvent } from "../domain/events.js";
import { asLatin1 } from "./log-line.js";

interface Deletion {
  readonly sessionId: string;
  readonly seq: number;
  readonly offset: number;
  readonly text: string;
}

/** Remembers which sessions were deleted, for readers by offset that were away then. */
export class Deletions {
  readonly #known: Deletion[] = [];

  constructor(private readonly file: string) {
    const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    if (whole.length < text.length) fs.truncateSync(file, Buffer.byteLength(whole));
    for (const line of whole.split("\n"))
      if (line !== "") this.#remember(JSON.parse(line) as StoredEvent, line);
  }

  /** Told again of one it knows, it does nothing. */
  add(event: StoredEvent): void {
    if (this.#known.some(({ offset }) => offset === event.offset)) return;
    const json = eventJson(event);
    fs.appendFileSync(this.file, `${json}\n`);
    this.#remember(event, json);
  }

  between(after: number, upTo: number): Deletion[] {
    return this.#known.filter(({ offset }) => offset > after && offset <= upTo);
  }

  #remember(
    { sessionId, seq, offset }: Pick<StoredEvent, "sessionId" | "seq" | "offset">,
    json: string,
  ): void {
    this.#known.push({ sessionId, seq, offset, text: asLatin1(json) });
  }
}
