import type { ErrorCode, Problem } from "session-protocol";

/** The service's own refusal, or `unreachable` where there was no answer from it. */
export class ServiceError extends Error {
  override readonly name = "ServiceError";

  constructor(
    readonly code: ErrorCode | "unreachable",
    message: string,
    readonly status = 0,
  ) {
    super(message);
  }

  /** Whether the same request may be answered later. */
  get isPassing(): boolean {
    return this.code === "unreachable" || this.status === 429 || this.status >= 500;
  }
}

export type Query = Readonly<Record<string, string | number | undefined>>;

/** Requests to one service, whose answers are trusted to be as the contract says. */
export class Transport {
  constructor(
    readonly base: URL,
    private readonly request: typeof fetch,
  ) {}

  address(path: string, query: Query = {}): URL {
    const url = new URL(path.replace(/^\//, ""), this.base);
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined && value !== "") url.searchParams.set(name, String(value));
    }
    return url;
  }

  /** @throws ServiceError; AbortError once the signal says so */
  async get<T>(path: string, query?: Query, signal?: AbortSignal): Promise<T> {
    const answer = await this.#ask(this.address(path, query), { signal: signal ?? null });
    return (await answer.json()) as T;
  }

  /** @throws ServiceError */
  async post<T>(path: string, body: unknown): Promise<T> {
    const headers = { "Content-Type": "application/json" };
    const init = { method: "POST", headers, body: JSON.stringify(body) };
    const answer = await this.#ask(this.address(path), init);
    return (await answer.json()) as T;
  }

  /**
   * The lines of an NDJSON answer, some at a time, as they arrive.
   * @throws ServiceError
   */
  async *lines(path: string, query: Query, signal: AbortSignal): AsyncGenerator<string[]> {
    const headers = { Accept: "application/x-ndjson" };
    const answer = await this.#ask(this.address(path, query), { headers, signal });
    if (answer.body === null) return;
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    const next = () => reader.read().catch((error: unknown) => this.#unanswered(error, signal));
    for (let piece = await next(); !piece.done; piece = await next()) {
      const lines = (rest + piece.value).split("\n");
      rest = lines.pop() ?? "";
      if (lines.length > 0) yield lines;
    }
    if (rest !== "") yield [rest];
  }

  async #ask(url: URL, init: RequestInit): Promise<globalThis.Response> {
    let answer: globalThis.Response;
    try {
      answer = await this.request(url, init);
    } catch (error) {
      this.#unanswered(error, init.signal);
    }
    if (!answer.ok) throw await refusal(answer);
    return answer;
  }

  #unanswered(error: unknown, signal: AbortSignal | null | undefined): never {
    if (signal?.aborted === true) throw error;
    throw new ServiceError("unreachable", `no answer from ${this.base.host}`);
  }
}

async function refusal(answer: globalThis.Response): Promise<ServiceError> {
  try {
    const { code, detail } = (await answer.json()) as Problem;
    return new ServiceError(code, detail, answer.status);
  } catch {
    // No problem document: what answered is not the service but something before it.
    return new ServiceError("unreachable", `${answer.url} answered ${answer.status}`, answer.status);
  }
}
