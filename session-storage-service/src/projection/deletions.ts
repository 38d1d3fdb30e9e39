import fs from "node:fs";
import { eventJson, type StoredEvent } from "../domain/events.js";
import { asLatin1 } from "./log-line.js";
import { append } from "./session-writer.js";

interface Deletion {
  readonly sessionId: string;
  readonly seq: number;
  readonly offset: number;
  readonly text: string;
}

/** Remembers which sessions were deleted, for readers by offset that were away then. */
export class Deletions {
  readonly #known: Deletion[] = [];
  /** Bytes of the file that are whole lines. */
  #size: number;
  #unwritten = "";

  constructor(private readonly file: string) {
    const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    this.#size = Buffer.byteLength(whole);
    if (whole.length < text.length) fs.truncateSync(file, this.#size);
    for (const line of whole.split("\n")) {
      const event = eventOf(line);
      if (event !== undefined) this.#remember(event, line);
    }
  }

  /** Told again of one it knows, it does nothing. To be written by `flush`. */
  add(event: StoredEvent): void {
    if (this.#known.some(({ offset }) => offset === event.offset)) return;
    const json = eventJson(event);
    this.#unwritten += `${json}\n`;
    this.#remember(event, json);
  }

  /** Writes what is new. What the disk does not take stays waiting. @throws its error */
  flush(): void {
    if (this.#unwritten === "") return;
    this.#size = append(this.file, this.#size, Buffer.from(this.#unwritten));
    this.#unwritten = "";
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

/** Undefined where the line is damaged: what was not synced the journal still has. */
function eventOf(line: string): StoredEvent | undefined {
  try {
    return JSON.parse(line) as StoredEvent;
  } catch {
    return undefined;
  }
}
