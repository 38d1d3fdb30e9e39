import fs from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { StorageUnavailable } from "../domain/errors.js";
import { transcriptName, type TranscriptChange, type TranscriptKey } from "../domain/transcript-changes.js";
import type { TranscriptArchive, TranscriptListing, TranscriptPlace } from "../domain/transcripts.js";
import type { Layout } from "./layout.js";
import { PendingWork } from "./pending-work.js";
import { syncPath } from "./sync.js";
import { subpathOf } from "./transcript-paths.js";
import { answersFile } from "./transcript-answers.js";
import { TranscriptStream } from "./transcript-stream.js";

/** What is kept in memory of transcripts that nobody works with. */
const MAX_HOT = 1_024;
const MAX_HOT_BYTES = 64 * 1_024 * 1_024;

export interface TranscriptFilesOptions {
  readonly layout: Layout;
  readonly onError: (transcript: string, error: Error) => void;
}

/** Transcripts as files. Nothing here is synced but by `sync`; until then the journal holds the same. */
export class TranscriptFiles implements TranscriptArchive {
  readonly #streams = new Map<string, TranscriptStream>();
  readonly #opening = new Map<string, Promise<TranscriptStream>>();
  readonly #work: PendingWork;
  #unsynced = new Set<string>();
  #removals = 0;

  constructor(private readonly options: TranscriptFilesOptions) {
    this.#work = new PendingWork(options.onError);
  }

  get isFailing(): boolean {
    return this.#work.isFailing;
  }

  get hotCount(): number {
    return this.#streams.size;
  }

  async holding<T>(key: TranscriptKey, work: (stored: TranscriptStream) => Promise<T>): Promise<T> {
    const stream = await this.#open(key);
    try {
      return await work(stream);
    } finally {
      this.#release(stream);
    }
  }

  apply(change: TranscriptChange, uuids: readonly (string | undefined)[]): void {
    const { transcript: key } = change;
    if (change.kind === "deleted") {
      this.#remove(key);
      return;
    }
    const name = transcriptName(key);
    const stream = this.#streams.get(name);
    if (stream === undefined) throw new Error(`${name} is not held`);
    stream.add(change, uuids);
    this.#work.add({ name, run: () => this.#flushStream(stream) });
    const { summary } = change;
    if (summary !== undefined) this.#writeSummary(key, summary);
  }

  /** Takes over what an earlier process left: these files and folders are to be synced. */
  adopt(files: readonly string[]): void {
    for (const file of files) this.#changed(file);
  }

  /** Hot transcripts say what the files may not say yet. */
  async sessions(projectKey: string): Promise<TranscriptListing[]> {
    this.#flushProject(projectKey);
    const folder = path.join(this.options.layout.transcripts, projectKey);
    const names = await readdir(folder).catch(() => []);
    const listings: TranscriptListing[] = [];
    for (const sessionId of names) {
      const listing = await this.#listing({ projectKey, sessionId });
      if (listing !== undefined) listings.push(listing);
    }
    return listings;
  }

  async subkeys(projectKey: string, sessionId: string): Promise<string[]> {
    this.#flushProject(projectKey);
    const folder = this.options.layout.transcriptFolder({ projectKey, sessionId });
    const files = await readdir(folder, { recursive: true }).catch(() => []);
    return files.flatMap((file) => subpathOf(file) ?? []).sort();
  }

  async places(sessionId: string): Promise<TranscriptPlace[]> {
    this.#work.runWhere((name) => name.includes(`/${sessionId}/`));
    const projects = await readdir(this.options.layout.transcripts).catch(() => []);
    const places: TranscriptPlace[] = [];
    for (const projectKey of projects) {
      const mtime = await this.#mtime({ projectKey, sessionId });
      if (mtime > 0) places.push({ projectKey, mtime });
    }
    return places;
  }

  /**
   * Resolves once everything applied before the call survives power loss in the files alone.
   * @throws the first error; nothing is forgotten then
   */
  async sync(): Promise<void> {
    await this.#work.drain();
    const unsynced = this.#unsynced;
    this.#unsynced = new Set();
    try {
      for (const file of unsynced) await syncPath(file);
    } catch (error) {
      for (const file of unsynced) this.#unsynced.add(file);
      throw error;
    }
  }

  close(): void {
    this.#work.close();
  }

  async #listing(key: TranscriptKey): Promise<TranscriptListing | undefined> {
    const mtime = await this.#mtime(key);
    if (mtime === 0) return undefined;
    const summary = await readFile(this.options.layout.transcriptSummary(key), "utf8").catch(() => undefined);
    return { sessionId: key.sessionId, mtime, summary };
  }

  /** When it was stored to last; 0 where there is none. */
  async #mtime(key: TranscriptKey): Promise<number> {
    const hot = this.#streams.get(transcriptName(key));
    if (hot !== undefined) return hot.storedAtMs;
    const file = await stat(this.options.layout.transcript(key)).catch(() => undefined);
    return file === undefined || file.size === 0 ? 0 : Math.round(file.mtimeMs);
  }

  /** The transcript in memory, loaded once however many ask, and held from its first moment there. */
  #open(key: TranscriptKey): Promise<TranscriptStream> {
    const name = transcriptName(key);
    if (this.#isBeingRemoved(key))
      return Promise.reject(new StorageUnavailable(`the files of ${name} could not be removed yet`));
    const hot = this.#streams.get(name);
    if (hot !== undefined) {
      hot.holders += 1;
      // Last of all: those that come first are the longest unused.
      this.#streams.delete(name);
      this.#streams.set(name, hot);
      return Promise.resolve(hot);
    }
    const opening = this.#opening.get(name) ?? this.#load(key, name);
    this.#opening.set(name, opening);
    return opening.then((stream) => {
      stream.holders += 1;
      return stream;
    });
  }

  #isBeingRemoved({ subpath, ...main }: TranscriptKey): boolean {
    return this.#work.has(removalOf(main)) || this.#work.has(removalOf({ ...main, subpath }));
  }

  /** What was deleted while it was read is read again. */
  async #load(key: TranscriptKey, name: string): Promise<TranscriptStream> {
    const file = this.options.layout.transcript(key);
    try {
      for (;;) {
        const removals = this.#removals;
        const stream = await TranscriptStream.load(key, file);
        if (removals !== this.#removals) continue;
        this.#streams.set(name, stream);
        // Whoever asked for it takes hold of it first.
        setImmediate(() => this.#evict());
        return stream;
      }
    } finally {
      this.#opening.delete(name);
    }
  }

  #release(stream: TranscriptStream): void {
    stream.holders -= 1;
    const name = transcriptName(stream.key);
    // What is asked for but not there must not push others out of memory.
    const isUnused = stream.total === 0 && stream.holders === 0 && stream.isSettled;
    if (isUnused && this.#streams.get(name) === stream) this.#streams.delete(name);
  }

  #evict(): void {
    let bytes = 0;
    for (const stream of this.#streams.values()) bytes += stream.tableBytes;
    for (const [name, stream] of this.#streams) {
      if (this.#streams.size <= MAX_HOT && bytes <= MAX_HOT_BYTES) return;
      if (stream.holders > 0 || !stream.isSettled) continue;
      bytes -= stream.tableBytes;
      this.#streams.delete(name);
    }
  }

  #flushStream(stream: TranscriptStream): void {
    stream.flush();
    this.#changed(stream.file);
    if (stream.answers.bytes > 0) this.#changed(stream.answers.file);
  }

  #writeSummary(key: TranscriptKey, summary: string): void {
    const name = summaryOf(key);
    this.#work.drop(name);
    const file = this.options.layout.transcriptSummary(key);
    this.#work.add({
      name,
      run: () => {
        writeWhole(file, summary);
        this.#changed(file);
      },
    });
  }

  /** At once, or where the disk does not take it as soon as it does. Until then nobody opens it. */
  #remove(key: TranscriptKey): void {
    this.#removals += 1;
    for (const [name, { key: other }] of this.#streams) {
      if (!isWithin(other, key)) continue;
      this.#streams.delete(name);
      this.#work.drop(name);
    }
    if (key.subpath === undefined) this.#work.drop(summaryOf(key));
    const { layout } = this.options;
    const gone = key.subpath === undefined ? layout.transcriptFolder(key) : layout.transcript(key);
    const answers = answersFile(layout.transcript(key));
    const name = removalOf(key);
    this.#work.add({
      name,
      run: () => {
        fs.rmSync(gone, { recursive: true, force: true });
        fs.rmSync(answers, { force: true });
        this.#changed(path.dirname(gone));
      },
    });
    this.#work.runWhere((other) => other === name);
  }

  /** Its bytes, and the names that lead to it. */
  #changed(file: string): void {
    const { dataDir } = this.options.layout;
    for (let at = file; at.startsWith(dataDir) && at !== dataDir; at = path.dirname(at))
      this.#unsynced.add(at);
    this.#unsynced.add(dataDir);
  }

  /** What the disk does not take stays waiting. */
  #flushProject(projectKey: string): void {
    this.#work.runWhere((name) => name.startsWith(`${projectKey}/`) || name.includes(` ${projectKey}/`));
  }
}

function isWithin(key: TranscriptKey, { projectKey, sessionId, subpath }: TranscriptKey): boolean {
  if (key.projectKey !== projectKey || key.sessionId !== sessionId) return false;
  return subpath === undefined || key.subpath === subpath;
}

/** No transcript has such a name: a project's key holds no blank. */
const summaryOf = ({ projectKey, sessionId }: TranscriptKey): string => `summary ${projectKey}/${sessionId}`;
const removalOf = (key: TranscriptKey): string => `removal ${transcriptName(key)}`;

export function writeWhole(file: string, text: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.new`);
  fs.writeFileSync(temporary, text);
  fs.renameSync(temporary, file);
}
