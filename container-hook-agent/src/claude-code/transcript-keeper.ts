import fs from "node:fs";
import path from "node:path";
import type { Redactor } from "session-protocol/redaction";
import { spoolAtExit } from "../exit-spool.js";
import { messageOf } from "../step.js";
import { Attempts } from "../transcripts/attempts.js";
import type { TranscriptKey } from "../transcripts/key.js";
import { within } from "../transcripts/persist.js";
import type { Places } from "../transcripts/places.js";
import type { TranscriptClient } from "../transcripts/transcript-client.js";
import { KeptTranscript, type KeepingParts } from "./kept-transcript.js";
import { sessionOf } from "./project-folder.js";
import { SpooledTranscript, type SpoolRoom } from "./spooled-transcript.js";
import { TranscriptCopy } from "./transcript-copy.js";

export interface TranscriptKeeperOptions {
  readonly client: TranscriptClient;
  readonly places: Places;
  /** Where what cannot be sent is kept; undefined: nowhere. */
  readonly spool: { readonly folder: string; readonly maxBytes: number } | undefined;
  readonly redactor: Redactor | undefined;
  readonly random: () => number;
  readonly warn: (message: string) => void;
}

/** How the keeping has ended. */
export interface KeepingEnd {
  /** Transcripts that are not stored as a whole. */
  readonly left: number;
  /** Whether those are in the spool. */
  readonly isOnDisk: boolean;
}

interface Kept {
  readonly transcript: KeptTranscript;
  readonly spooled: SpooledTranscript | undefined;
  behindSinceMs: number | undefined;
}

/** What has waited for so long goes to the spool. */
const SPOOL_AFTER_MS = 300;
const TRANSCRIPT = ".jsonl";

/**
 * Keeps the transcripts of Claude Code with the service, to be resumed elsewhere, under the keys the Agent SDK would
 * use. Each is read from its own file; while the service is away, it is copied to the spool.
 */
export class TranscriptKeeper {
  readonly #client: TranscriptClient;
  readonly #parts: KeepingParts;
  readonly #room: SpoolRoom | undefined;
  readonly #kept = new Map<string, Kept>();
  readonly #mains = new Set<string>();
  /** What former processes left, by their transcripts: it goes first. */
  readonly #left = new Map<string, Promise<void>>();
  #leftCount = 0;
  readonly #detach: () => void;

  constructor({ client, places, spool, redactor, random, warn }: TranscriptKeeperOptions) {
    this.#client = client;
    this.#parts = { client, places, attempts: new Attempts(random), redactor, warn };
    this.#room = spool && { ...spool, bytes: 0 };
    this.#detach = spoolAtExit(() => this.#spoolAll());
  }

  /** Sends what former processes have left. Answers how many transcripts that are. */
  adopt(): number {
    const copies = this.#room === undefined ? [] : TranscriptCopy.left(this.#room.folder);
    for (const copy of copies) {
      const name = nameOf(copy.key);
      const before = this.#left.get(name) ?? Promise.resolve();
      this.#left.set(
        name,
        before.then(() => this.#sendLeft(copy)),
      );
    }
    this.#leftCount += copies.length;
    return copies.length;
  }

  /** A hook has named the main transcript of a conversation. */
  follow(file: string): void {
    if (this.#mains.has(file)) return;
    this.#mains.add(file);
    this.#keep(file, sessionOf(file), undefined);
  }

  /** The conversation has ended; what is not stored of it yet goes on being kept. */
  release(file: string): void {
    this.tick();
    this.#mains.delete(file);
  }

  /** Looks for what is new, and has it sent. Answers whether there is more to be done at once. */
  tick(): boolean {
    for (const file of this.#mains) this.#discover(file);
    let isMore = false;
    for (const [file, kept] of this.#kept) isMore = this.#look(file, kept) || isMore;
    return isMore;
  }

  /** Waits at most `timeoutMs` until all is stored, and ends. */
  async end(timeoutMs: number): Promise<KeepingEnd> {
    this.tick();
    const { attempts } = this.#parts;
    attempts.hurry();
    await within(this.#allSent(), timeoutMs, () => new Error("too late")).catch(() => undefined);
    const behind = [...this.#kept.values()].filter(({ transcript }) => transcript.isBehind);
    this.#spoolAll();
    attempts.stop();
    await this.#client.close();
    await Promise.all(this.#left.values());
    for (const { spooled } of this.#kept.values()) spooled?.release();
    this.#detach();
    const isOnDisk = behind.every(({ spooled }) => spooled?.isComplete === true);
    return { left: behind.length + this.#leftCount, isOnDisk };
  }

  async #allSent(): Promise<void> {
    await Promise.all(this.#left.values());
    // Who a sub-agent is may have changed while its lines were sent.
    for (let round = 0; round < 2; round += 1)
      await Promise.all([...this.#kept.values()].map((kept) => this.#send(kept)));
    for (const [file, kept] of this.#kept) this.#look(file, kept);
  }

  #discover(main: string): void {
    const session = sessionOf(main);
    const folder = path.join(main.slice(0, -TRANSCRIPT.length), "subagents");
    let names: string[];
    try {
      names = fs.readdirSync(folder, { recursive: true, encoding: "utf8" });
    } catch {
      // It is made with the first sub-agent.
      return;
    }
    for (const name of names.filter((each) => each.endsWith(TRANSCRIPT))) {
      const subpath = ["subagents", ...name.slice(0, -TRANSCRIPT.length).split(path.sep)].join("/");
      const file = path.join(folder, name);
      this.#keep(file, { ...session, subpath }, file.replace(/\.jsonl$/, ".meta.json"));
    }
  }

  #keep(file: string, key: TranscriptKey, metadataFile: string | undefined): void {
    if (this.#kept.has(file)) return;
    const transcript = new KeptTranscript(this.#parts, { key, file, metadataFile });
    const spooled = this.#room && new SpooledTranscript(transcript, this.#room);
    this.#kept.set(file, { transcript, spooled, behindSinceMs: undefined });
  }

  #look(file: string, kept: Kept): boolean {
    if (!kept.transcript.isBehind) {
      if (kept.behindSinceMs !== undefined) kept.spooled?.remove();
      kept.behindSinceMs = undefined;
      if (!this.#isFollowed(kept.transcript.key)) this.#kept.delete(file);
      return false;
    }
    kept.behindSinceMs ??= performance.now();
    void this.#send(kept);
    if (performance.now() - kept.behindSinceMs < SPOOL_AFTER_MS) return false;
    return this.#spool(kept);
  }

  #isFollowed({ sessionId }: TranscriptKey): boolean {
    return [...this.#mains].some((main) => sessionOf(main).sessionId === sessionId);
  }

  async #send({ transcript }: Kept): Promise<void> {
    await this.#left.get(nameOf(transcript.key));
    await transcript.send();
  }

  /** Copies some of it. Answers whether there is more. */
  #spool({ spooled }: Kept): boolean {
    try {
      if (spooled === undefined || spooled.isComplete) return false;
      spooled.extend();
      return !spooled.isComplete;
    } catch (error) {
      this.#parts.warn(`a transcript cannot be kept on disk: ${messageOf(error)}`);
      return false;
    }
  }

  #spoolAll(): void {
    for (const kept of this.#kept.values()) {
      if (kept.transcript.isBehind) while (this.#spool(kept));
    }
  }

  async #sendLeft(copy: TranscriptCopy): Promise<void> {
    const transcript = new KeptTranscript(this.#parts, { key: copy.key, file: copy.file });
    await transcript.send();
    if (transcript.isBehind) {
      copy.release();
      return;
    }
    this.#leftCount -= 1;
    try {
      copy.remove();
    } catch {
      // It is sent once more by a later process, which adds nothing.
    }
  }
}

const nameOf = (key: TranscriptKey): string => JSON.stringify(key);
