import { setImmediate as turn } from "node:timers/promises";
import type { Logger } from "pino";
import type { Command } from "./domain/decide.js";
import { SessionNotFound } from "./domain/errors.js";
import type { SessionIndex } from "./domain/reading.js";
import type { Session } from "./domain/session.js";
import type { Sessions } from "./domain/sessions.js";
import { Silence } from "./domain/silence.js";
import { hasEnded } from "./domain/status.js";

export interface SilenceWatchParts {
  /** 0: nobody is watched. */
  readonly silenceSeconds: number;
  readonly sessions: Pick<Sessions, "submit">;
  readonly index: Pick<SessionIndex, "list">;
  /** Whether anybody has told the session of what was recorded and dropped. */
  readonly hasProducers: (sessionId: string) => boolean;
  readonly log: Logger;
}

const DATA = { reason: "its producers fell silent" };
const INTERRUPT: Command = { type: "interrupt", data: DATA, raw: JSON.stringify(DATA) };
/** How much later than the limit it may be noticed. */
const NOTICE_SHARE = 1 / 10;
const OPEN_STATUSES = ["created", "connecting", "active", "processing"] as const;
const PAGE = 1_000;

/** Interrupts the sessions whose producers have died without a word. */
export class SilenceWatch {
  readonly #silence: Silence;
  readonly #timer: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(private readonly parts: SilenceWatchParts) {
    const limitMs = parts.silenceSeconds * 1_000;
    this.#silence = new Silence(limitMs, () => performance.now());
    if (limitMs > 0) this.#timer = setInterval(() => void this.#look(), limitMs * NOTICE_SHARE).unref();
  }

  /** After something of the session was stored, or its producer has said that it lives. */
  heard({ sessionId, status, producers }: Session): void {
    if (this.#timer === undefined || producers.length === 0) return;
    if (hasEnded(status)) this.#silence.forget(sessionId);
    else this.#silence.heard(sessionId);
  }

  forget(sessionId: string): void {
    this.#silence.forget(sessionId);
  }

  /** Watches the sessions an earlier process has left open. Their silence counts from now. */
  async resume(): Promise<void> {
    if (this.#timer === undefined) return;
    for (const status of OPEN_STATUSES) {
      let cursor: string | undefined;
      do {
        const page = await this.parts.index.list({ status, order: "created", limit: PAGE, cursor });
        for (const { sessionId } of page.sessions.map((text) => JSON.parse(text) as { sessionId: string })) {
          if (this.parts.hasProducers(sessionId)) this.#silence.heard(sessionId);
        }
        cursor = page.nextCursor ?? undefined;
        await turn();
      } while (cursor !== undefined && !this.#closed);
    }
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    for (const sessionId of this.#silence.takeSilent()) {
      if (this.#closed) return;
      await this.parts.sessions.submit(sessionId, { commands: [INTERRUPT] }).catch((error: unknown) => {
        if (error instanceof SessionNotFound) return;
        this.parts.log.warn({ err: error, sessionId }, "a silent session could not be interrupted yet");
        this.#silence.heard(sessionId);
      });
    }
  }
}
