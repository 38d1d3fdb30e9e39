import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { Pool, type Dispatcher } from "undici";
import { parseRetryAfterMs, type Answer } from "../retry-delay.js";
import { parseJson, reason } from "../transport.js";
import { unrefConnector } from "../unref-connect.js";
import { whenAlone } from "../when-alone.js";
import { Unanswered } from "./errors.js";
import { LineSplitter } from "./line-splitter.js";

export interface TranscriptHttpOptions {
  readonly serviceUrl: string;
  /** For the whole of a request; for lines, between one piece and the next. */
  readonly requestTimeoutMs: number;
  readonly now: () => number;
}

export interface TranscriptRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Below the service's address, starting with a slash. */
  readonly path: string;
  /** JSON text. */
  readonly body?: string;
  readonly ifMatch?: number | undefined;
}

const CONNECTIONS = 4;
const NDJSON_TYPE = "application/x-ndjson";
/** Smaller ones are sent as soon as packed. */
const PACKED_FROM_CHARS = 16 * 1024;
const pack = promisify(gzip);
/** A transcript is worth packing little: it goes over the network once. */
const PACKING = { level: 1 };

/** The way to the service's transcripts. Its sockets never keep the process alive; who waits for it does. */
export class TranscriptHttp {
  readonly #options: TranscriptHttpOptions;
  readonly #pool: Pool;
  readonly #prefix: string;
  readonly #cut: () => void;

  /** @throws where `serviceUrl` is no address of HTTP */
  constructor(options: TranscriptHttpOptions) {
    const { origin, pathname } = new URL(options.serviceUrl);
    this.#options = options;
    this.#prefix = pathname.replace(/\/+$/, "");
    const { connect, cut } = unrefConnector(options.requestTimeoutMs);
    this.#cut = () => cut("no answer before the end of the process");
    this.#pool = new Pool(origin, {
      connections: CONNECTIONS,
      connect,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  /** What the service answers, whatever its status. @throws Unanswered where it does not */
  async request({ method, path, body, ifMatch }: TranscriptRequest): Promise<Answer> {
    const { requestTimeoutMs } = this.#options;
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), requestTimeoutMs).unref();
    const ended = whenAlone(this.#cut);
    let isAnswered = false;
    const headers = {
      accept: "application/json",
      ...(body !== undefined && { "content-type": "application/json" }),
      ...(ifMatch !== undefined && { "if-match": `"${ifMatch}"` }),
    };
    try {
      const { signal } = deadline;
      const sent = await packed(headers, body);
      const answer = await this.#answerOf(
        await this.#pool.request({ method, path: this.#prefix + path, ...sent, signal }),
      );
      isAnswered = true;
      return answer;
    } catch (error) {
      const tooLate = deadline.signal.aborted;
      throw new Unanswered({
        failure: tooLate ? `no answer within ${requestTimeoutMs} ms` : reason(error),
      });
    } finally {
      clearTimeout(timer);
      ended(isAnswered);
    }
  }

  /** The lines of an answer, read as they are wanted. @throws Unanswered, also in the middle */
  async *lines(path: string): AsyncGenerator<string> {
    const { requestTimeoutMs } = this.#options;
    const splitter = new LineSplitter();
    try {
      const answer = await this.#pool.request({
        method: "GET",
        path: this.#prefix + path,
        headers: { accept: NDJSON_TYPE },
        headersTimeout: requestTimeoutMs,
        bodyTimeout: requestTimeoutMs,
      });
      if (answer.statusCode !== 200) throw new Unanswered(await this.#answerOf(answer));
      for await (const chunk of answer.body as AsyncIterable<Buffer>) {
        const lines: string[] = [];
        splitter.push(chunk, (line) => lines.push(line));
        yield* lines;
      }
    } catch (error) {
      throw error instanceof Unanswered ? error : new Unanswered({ failure: reason(error) });
    }
  }

  /** Cuts what is in flight. */
  close(): Promise<void> {
    return this.#pool.destroy();
  }

  async #answerOf({ statusCode, headers, body }: Dispatcher.ResponseData): Promise<Answer> {
    const retryAfter = headers["retry-after"];
    return {
      status: statusCode,
      body: parseJson(await body.text()),
      retryAfterMs: parseRetryAfterMs(
        Array.isArray(retryAfter) ? retryAfter[0] : retryAfter,
        this.#options.now(),
      ),
    };
  }
}

async function packed(
  headers: Record<string, string>,
  body: string | undefined,
): Promise<{ headers: Record<string, string>; body: string | Buffer | null }> {
  if (body === undefined || body.length < PACKED_FROM_CHARS) return { headers, body: body ?? null };
  return { headers: { ...headers, "content-encoding": "gzip" }, body: await pack(body, PACKING) };
}
