import type { IncomingMessage, ServerResponse } from "node:http";
import { SessionId } from "session-protocol";
import type { Logger } from "pino";
import type { Receipt, Submission } from "../domain/submission.js";
import type { Recorder } from "../recorder.js";
import { BodyAborted, collectBody } from "./body.js";
import { check, isPlainId } from "./commands.js";
import type { RequestLimits } from "./limits.js";
import { JSON_TYPE } from "./media-type.js";
import type { RequestMetrics } from "./metrics.js";
import { problemOf } from "./problem.js";
import { ACTION, BATCH, RESPONSE, type Recording } from "./recording.js";
import { corsHeaders, refuseForeign, SAFE_HEADERS, type Gate } from "./security.js";

export interface IngestOptions {
  readonly recorder: Pick<Recorder, "sessions" | "makeId">;
  readonly limits: RequestLimits;
  readonly gate: Gate;
  readonly metrics: RequestMetrics;
  readonly log: Logger;
}

/** Whether the request was for a recording route and has been taken. */
export type Ingest = (request: IncomingMessage, response: ServerResponse) => boolean;

const PATH = /^\/api\/(?:v1\/)?(?:actions\/([^/?]+)(\/responses)?|sessions\/([^/?]+)\/batch)\/?(?:\?.*)?$/;
const SAFE_HEADER_LIST = Object.entries(SAFE_HEADERS).flat();

/**
 * Answers the recording routes on `node:http` itself: express costs several times what storing an event
 * does. Parsing, limits, errors and access rules are those of every other route.
 */
export function createIngest(options: IngestOptions): Ingest {
  return (request, response) => {
    if (request.method !== "POST") return false;
    const match = PATH.exec(request.url ?? "");
    if (match === null) return false;
    const [, actionSession, responses, batchSession] = match;
    const recording = batchSession !== undefined ? BATCH : responses === undefined ? ACTION : RESPONSE;
    new IngestRequest(options, recording, request, response).take((batchSession ?? actionSession) as string);
    return true;
  };
}

class IngestRequest {
  readonly #startedMs = performance.now();
  #isAnswered = false;

  constructor(
    private readonly options: IngestOptions,
    private readonly recording: Recording,
    private readonly request: IncomingMessage,
    private readonly response: ServerResponse,
  ) {}

  take(pathSession: string): void {
    const { request, options } = this;
    let sessionId: string;
    try {
      refuseForeign(options.gate, "POST", request.headers);
      sessionId = decodeURIComponent(pathSession);
      if (!isPlainId(sessionId)) check(SessionId, sessionId, "sessionId");
    } catch (error) {
      request.resume();
      this.#fail(error);
      return;
    }
    collectBody(request, options.limits.bodyBytes, (error, bytes) => {
      if (error === null) this.#store(sessionId, bytes);
      else if (!(error instanceof BodyAborted)) this.#fail(error);
    });
  }

  #store(sessionId: string, bytes: Buffer): void {
    const { options, request, recording } = this;
    try {
      const submission = recording.submission(bytes, request.headers, options.limits);
      options.recorder.sessions.submit(sessionId, this.#answeredEarly(submission)).then(
        (receipt) => this.#answer(receipt),
        (error: unknown) => this.#fail(error),
      );
    } catch (error) {
      this.#fail(error);
    }
  }

  /** A session that is made is answered for when its parent knows of it. */
  #answeredEarly(submission: Submission): Submission {
    if (submission.create !== undefined) return submission;
    return { ...submission, onDurable: (receipt) => this.#answer(receipt) };
  }

  #answer(receipt: Receipt): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    let answer: string;
    try {
      answer = this.recording.answer(receipt);
    } catch (error) {
      this.#fail(error);
      return;
    }
    this.#send(200, answer, JSON_TYPE);
  }

  /** A request that is stored needs no name: its event has one. */
  #fail(error: unknown): void {
    const { options, recording } = this;
    const { status, headers, body, unexpected } = problemOf(error);
    const reqId = options.recorder.makeId();
    if (unexpected) options.log.error({ err: error, reqId, route: recording.path }, "request failed");
    const { "Content-Type": contentType = "", ...others } = headers;
    this.#send(status, body, contentType, ["X-Request-Id", reqId, ...Object.entries(others).flat()]);
  }

  #send(status: number, body: string, contentType: string, others: readonly string[] = []): void {
    const { request, response, options, recording } = this;
    if (response.destroyed) return;
    const { origin } = request.headers;
    const cors = origin === undefined ? [] : Object.entries(corsHeaders(options.gate, origin)).flat();
    const length = String(Buffer.byteLength(body));
    const entity = ["Content-Type", contentType, "Content-Length", length];
    response.writeHead(status, [...entity, ...SAFE_HEADER_LIST, ...cors, ...others]);
    response.end(body);
    options.metrics.request("POST", recording.path, status, performance.now() - this.#startedMs);
  }
}
