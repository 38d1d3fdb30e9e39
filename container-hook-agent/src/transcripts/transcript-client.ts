import type { TranscriptAppendResult, TranscriptSessions } from "session-protocol";
import type { Answer } from "../retry-delay.js";
import { SessionStoreError, Unanswered } from "./errors.js";
import { transcriptPath, type SessionOfProject, type TranscriptKey } from "./key.js";
import { TranscriptHttp, type TranscriptHttpOptions, type TranscriptRequest } from "./transcript-http.js";

type Listing = TranscriptSessions["sessions"][number];
type Place = SessionOfProject & { readonly mtime: number };

export interface AppendRequest {
  /** Each a JSON object's text. */
  readonly entries: readonly string[];
  /** Takes the place of the session's summary. */
  readonly summary?: object | undefined;
  /** How many entries the transcript must have for the request to count. */
  readonly ifMatch?: number | undefined;
}

const NOT_OURS = { failure: "the answer is none of the session storage service" };

/** The service's transcript routes, one attempt a call. @throws Unanswered */
export class TranscriptClient {
  readonly #http: TranscriptHttp;

  constructor(options: TranscriptHttpOptions) {
    this.#http = new TranscriptHttp(options);
  }

  async append(
    key: TranscriptKey,
    { entries, summary, ifMatch }: AppendRequest,
  ): Promise<TranscriptAppendResult> {
    const members = [
      ...(key.subpath === undefined ? [] : [`"subpath":${JSON.stringify(key.subpath)}`]),
      `"entries":[${entries.join(",")}]`,
      ...(summary === undefined ? [] : [`"summary":${JSON.stringify(summary)}`]),
    ];
    const body = `{${members.join(",")}}`;
    const result = await this.#ask({ method: "POST", path: transcriptPath(key), body, ifMatch });
    return checked(result, isAppendResult);
  }

  /** How many entries the transcript has. */
  async total(key: TranscriptKey): Promise<number> {
    return (await this.append(key, { entries: [] })).total;
  }

  /** Its entries as JSON text, in order; none where it is not there. */
  async *entries(key: TranscriptKey): AsyncGenerator<string> {
    const query = key.subpath === undefined ? "" : `?subpath=${encodeURIComponent(key.subpath)}`;
    try {
      yield* this.#http.lines(transcriptPath(key) + query);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  async sessions(projectKey: string): Promise<Listing[]> {
    const path = `/api/transcripts/${encodeURIComponent(projectKey)}`;
    const { sessions } = checked(await this.#ask({ method: "GET", path }), isListOf("sessions"));
    return sessions as Listing[];
  }

  async subkeys(key: SessionOfProject): Promise<string[]> {
    const path = `${transcriptPath(key)}/subkeys`;
    const { subkeys } = checked(await this.#ask({ method: "GET", path }), isListOf("subkeys"));
    return subkeys as string[];
  }

  /** The projects that have a main transcript of the session. */
  async places(sessionId: string): Promise<Place[]> {
    const path = `/api/transcripts?sessionId=${encodeURIComponent(sessionId)}`;
    const { transcripts } = checked(await this.#ask({ method: "GET", path }), isListOf("transcripts"));
    return transcripts as Place[];
  }

  /** A main transcript goes with those of its sub-agents. */
  async remove(key: TranscriptKey): Promise<void> {
    const query = key.subpath === undefined ? "" : `?subpath=${encodeURIComponent(key.subpath)}`;
    await this.#ask({ method: "DELETE", path: transcriptPath(key) + query });
  }

  /** Cuts what is in flight. */
  close(): Promise<void> {
    return this.#http.close();
  }

  async #ask(request: TranscriptRequest): Promise<unknown> {
    const answer = await this.#http.request(request);
    if (answer.status >= 300) throw new Unanswered(answer);
    return answer.body;
  }
}

/** A 2xx from something else that listens at the address is no answer. */
function checked<T>(body: unknown, isRight: (body: object) => body is T & object): T {
  if (typeof body === "object" && body !== null && isRight(body)) return body;
  throw new Unanswered(NOT_OURS);
}

const isAppendResult = (body: object): body is TranscriptAppendResult =>
  "total" in body && Number.isSafeInteger(body.total) && "stored" in body && "duplicates" in body;

function isListOf<N extends string>(name: N) {
  return (body: object): body is Record<N, unknown[]> =>
    Array.isArray((body as Partial<Record<N, unknown>>)[name]);
}

const isMissing = (error: unknown): boolean =>
  error instanceof Unanswered && codeOf(error) === "transcript_not_found";

/** The code of the service's problem document, if it answered one. */
export function codeOf({ reply }: Unanswered): string | undefined {
  const body = "status" in reply ? (reply.body as Partial<Record<string, unknown>> | undefined) : undefined;
  return typeof body?.code === "string" ? body.code : undefined;
}

/** What an answer that no repetition changes means to who asked. */
export function refusedBy(error: Unanswered): SessionStoreError {
  const { status } = error.reply as Answer;
  return new SessionStoreError("refused", error.message, status);
}
