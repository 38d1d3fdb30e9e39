import { Worker } from "node:worker_threads";
import {
  SHARED_BYTES,
  type Changes,
  type FromWorker,
  type Log,
  type QuestionName,
  type Questions,
  type WorkerOptions,
} from "./index-messages.js";

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

/** The worker thread that owns the index, as questions with answers. */
export class IndexThread {
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #ended: Error | undefined;
  readonly #exited: Promise<void>;

  private constructor(
    private readonly worker: Worker,
    readonly gauges: Int32Array,
    private readonly log: Log,
  ) {
    worker.on("message", (message: FromWorker) => this.#hear(message));
    worker.on("error", (error) => this.#end(error instanceof Error ? error : new Error(String(error))));
    this.#exited = new Promise((resolve) => {
      worker.once("exit", () => {
        this.#end(new Error("the index is closed"));
        resolve();
      });
    });
  }

  static async start(
    options: Omit<WorkerOptions, "shared">,
    log: Log,
  ): Promise<{ thread: IndexThread; appliedOffset: number }> {
    const shared = new SharedArrayBuffer(SHARED_BYTES);
    const workerData: WorkerOptions = { ...options, shared };
    const worker = new Worker(workerFile(), { workerData, name: "index" });
    const appliedOffset = await new Promise<number>((resolve, reject) => {
      worker.once("message", (message: FromWorker) => {
        if (message.kind === "ready") resolve(message.appliedOffset);
      });
      worker.once("error", reject);
    });
    // By name: a Worker listens to itself to hear its own port, and must go on doing so.
    worker.removeAllListeners("message").removeAllListeners("error");
    return { thread: new IndexThread(worker, new Int32Array(shared), log), appliedOffset };
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
      this.worker.postMessage({ id, name, input });
    });
  }

  #hear(message: FromWorker): void {
    if (message.kind === "log") this.log(message.level, message.fields, message.message);
    else if (message.kind !== "ready") this.#settle(message);
  }

  #settle(message: Extract<FromWorker, { kind: "answer" | "failed" }>): void {
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.kind === "failed") waiting?.reject(message.error);
    else waiting?.resolve(message);
  }

  #end(error: Error): void {
    if (this.#ended === undefined && error.message !== "the index is closed") {
      this.log("error", { err: error }, "the index thread ended");
    }
    this.#ended ??= error;
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
