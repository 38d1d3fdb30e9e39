import { textOf, type Fields } from "../conversation/fields.js";
import { LineFile } from "../conversation/line-file.js";
import { parseChatLine, type ChatMessage } from "./chat-line.js";

export interface ChatEvents {
  readonly onPrompt: (text: string) => void;
  /** With the ids of the calls it asks for, as far as they are known. */
  readonly onAnswer: (message: ChatMessage, toolUseIds: readonly string[]) => void;
  /** They have ended; `askedAtMs` is when the model asked for them. */
  readonly onToolCalls: (calls: readonly Fields[], askedAtMs: number) => EndedCalls;
  readonly onError: (text: string) => void;
  /** Whether something tells in any case that no call of an answer is to come any more. */
  readonly waitsForCalls: () => boolean;
}

export interface EndedCalls {
  readonly ids: readonly string[];
  readonly record: () => void;
}

/** One chat of Gemini CLI, read from its file while that is written. */
export class Chat {
  readonly #file: LineFile;
  readonly #sinceMs: number;
  readonly #events: ChatEvents;
  readonly #told = new Set<string>();
  /** The tokens of an answer may come after it, and its calls when they have ended. */
  #untold: ChatMessage | undefined;

  constructor(path: string, sinceMs: number, events: ChatEvents) {
    this.#file = new LineFile(path);
    this.#sinceMs = sinceMs;
    this.#events = events;
  }

  /** Reads what is new; answers whether there is more. */
  read(): boolean {
    return this.#file.read((line) => {
      const message = parseChatLine(line);
      if (message !== undefined && message.atMs >= this.#sinceMs) this.#take(message);
    });
  }

  /** No more of the last answer is written. */
  close(toolUseIds: readonly string[] = []): void {
    const message = this.#untold;
    this.#untold = undefined;
    if (message !== undefined) this.#events.onAnswer(message, toolUseIds);
  }

  #take(message: ChatMessage): void {
    const { id, type, text } = message;
    if (this.#untold !== undefined && this.#untold.id !== id) this.close();
    if (type === "gemini") {
      this.#takeAnswer(message);
    } else if (text !== "" && this.#isNew(id)) {
      if (type === "user") this.#events.onPrompt(text);
      if (type === "error") this.#events.onError(text);
    }
  }

  #takeAnswer(message: ChatMessage): void {
    const { id, atMs, toolCalls, fields } = message;
    if (this.#untold !== undefined || this.#isNew(id)) this.#untold = message;
    const ended = toolCalls.filter((call) => this.#isNew(`call ${textOf(call.id) ?? ""}`));
    const calls = ended.length > 0 ? this.#events.onToolCalls(ended, atMs) : undefined;
    const isWhole = calls !== undefined || !this.#events.waitsForCalls();
    if (fields.tokens != null && isWhole) this.close(calls?.ids);
    calls?.record();
  }

  #isNew(id: string): boolean {
    const isNew = !this.#told.has(id);
    this.#told.add(id);
    return isNew;
  }
}
