import { Worker } from "node:worker_threads";
import {
  SHARED,
  SHARED_BYTES,
  type Changes,
  type FromWorker,
  type Log,
  type QuestionName,
  type Questions,
  type WorkerOptions,
} from "./index-messages.js";
import { RUN_IDS_BYTES, RunIds } from "./run-ids.js";

interface Waiting {
  readonly resolve: (value: { answer: unknown; tookMs: number }) => void;
  readonly reject: (error: Error) => void;
}

/** The worker as built: threads run no TypeScript, so from `src` the one in `dist` is taken. */
function workerFile(): URL {
  const url = new URL("./index-worker.js", import.meta.url);
  return import.meta.url.endsWith(".ts")
    ? new URL(url.href.replace(/\/src\/(?=[^/]+\/[^/]+$)/, "/dist/"))
    : url;
}

type IndexFiles = Omit<WorkerOptions, "shared" | "runIds">;

/** The worker thread that owns the index, as questions with answers. */
export class IndexThread {
  readonly gauges: Int32Array;
  readonly #runIds: RunIds;
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #exited: Promise<void>;
  #lastId = 0;
  #ended: Error | undefined;
  #started: ((appliedOffset: number) => void) | undefined;

  private constructor(
    options: IndexFiles,
    private readonly log: Log,
  ) {
    const shared = new SharedArrayBuffer(SHARED_BYTES);
    const runIds = new SharedArrayBuffer(RUN_IDS_BYTES);
    this.#runIds = new RunIds(runIds);
    const workerData: WorkerOptions = { ...options, shared, runIds };
    this.gauges = new Int32Array(shared);
    this.#worker = new Worker(workerFile(), { workerData, name: "index" });
    this.#worker.on("message", (message: FromWorker) => this.#hear(message));
    this.#worker.on("error", (error) => this.#failed(error));
    this.#exited = new Promise((resolve) => {
      this.#worker.once("exit", () => {
        this.#end(new Error("the index is closed"));
        resolve();
      });
    });
  }

  /** @throws Error where the index cannot be opened */
  static async start(options: IndexFiles, log: Log): Promise<{ thread: IndexThread; appliedOffset: number }> {
    const thread = new IndexThread(options, log);
    const started = new Promise<number>((resolve) => (thread.#started = resolve));
    const appliedOffset = await Promise.race([started, thread.#exited]);
    if (appliedOffset === undefined) throw thread.#ended ?? new Error("the index did not start");
    return { thread, appliedOffset };
  }

  /** Whether the index may have such a run; no is sure of what was applied. */
  mayHaveRun(runId: string): boolean {
    return Atomics.load(this.gauges, SHARED.runsKnown) === 0 || this.#runIds.mayHold(runId);
  }

  async ask<N extends QuestionName>(name: N, input: Questions[N]["input"]): Promise<Questions[N]["answer"]> {
    const { answer } = await this.#ask(name, input);
    return answer as Questions[N]["answer"];
  }

  /** Resolves with the milliseconds it took. */
  async apply(changes: Changes): Promise<number> {
    const { tookMs } = await this.#ask("apply", changes);
    return tookMs;
  }

  async close(): Promise<void> {
    if (this.#ended === undefined)
      await this.ask("close", undefined).catch((error: unknown) => this.#closedBadly(error));
    await this.#exited;
  }

  #closedBadly(error: unknown): void {
    this.log("error", { err: error }, "the index could not be closed cleanly");
  }

  #ask(name: QuestionName, input: unknown): Promise<{ answer: unknown; tookMs: number }> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    const id = (this.#lastId += 1);
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#worker.postMessage({ id, name, input });
    });
  }

  #hear(message: FromWorker): void {
    if (message.kind === "log") this.log(message.level, message.fields, message.message);
    else if (message.kind === "ready") this.#started?.(message.appliedOffset);
    else this.#settle(message);
  }

  #settle(message: Extract<FromWorker, { kind: "answer" | "failed" }>): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === "failed") waiting?.reject(message.error);
    else waiting?.resolve(message);
  }

  #failed(cause: unknown): void {
    const error = cause instanceof Error ? cause : new Error(String(cause));
    this.log("error", { err: error }, "the index thread ended");
    this.#end(error);
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
