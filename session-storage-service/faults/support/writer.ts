import { BatchResult } from "session-protocol";
import { z } from "zod";
import type { Answer, Client } from "./client.js";
import type { Ledger, Write } from "./ledger.js";
import { draft, type WriteKind } from "./writes.js";

const SingleResult = z.looseObject({ seq: z.int(), duplicate: z.literal(true).optional() });

/** What became of a request: stored, refused for want of storage, or unknown because the connection broke. */
export type Outcome = "acknowledged" | "storage_full" | "storage_unavailable" | "broken";

/** Sends one request at a time. One that was not acknowledged is sent again, with the same ids, before any other. */
export class Writer {
  #pending: Write | undefined;
  #count = 0;

  constructor(
    readonly name: string,
    readonly sessionId: string,
    readonly kind: WriteKind,
    readonly ledger: Ledger,
  ) {}

  /** Writes until it is told to stop or something other than an acknowledgement comes back. */
  async run(client: Client, signal?: AbortSignal): Promise<Outcome> {
    for (;;) {
      const outcome = await this.writeOnce(client);
      if (outcome !== "acknowledged" || signal?.aborted) return outcome;
    }
  }

  async writeOnce(client: Client): Promise<Outcome> {
    const write = (this.#pending ??= this.#next());
    const answer = await client.send(write.call).catch(() => undefined);
    if (!answer) return "broken";
    if (answer.status === 507 || answer.status === 503) return refusal(answer);
    write.firstSeq = acknowledgement(write, answer).firstSeq;
    this.#pending = undefined;
    return "acknowledged";
  }

  #next(): Write {
    const write = { writer: this.name, ...draft(this.kind, this.sessionId, this.#count) };
    this.#count += 1;
    this.ledger.record(this.sessionId, write);
    return write;
  }
}

/** What a 2xx says. Anything else, or half a batch, is a broken promise. */
function acknowledgement(write: Write, answer: Answer): { firstSeq: number; duplicate: boolean } {
  if (answer.status !== 200 && answer.status !== 201) {
    throw new Error(`${write.call.path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  }
  if (write.events.length === 1) {
    const { seq, duplicate } = SingleResult.parse(answer.body);
    return { firstSeq: seq, duplicate: duplicate === true };
  }
  const { firstSeq, lastSeq, stored, duplicates } = BatchResult.parse(answer.body);
  const whole = lastSeq - firstSeq + 1 === write.events.length && stored + duplicates === write.events.length;
  if (!whole || (stored > 0 && duplicates > 0)) {
    throw new Error(`a batch was stored in part: ${JSON.stringify(answer.body)}`);
  }
  return { firstSeq, duplicate: duplicates > 0 };
}

function refusal({ status, body }: Answer): Outcome {
  const { code } = z.looseObject({ code: z.string() }).parse(body);
  if (status === 507 && code === "storage_full") return "storage_full";
  if (status === 503 && code === "storage_unavailable") return "storage_unavailable";
  throw new Error(`${status} with code ${code}`);
}

/** Sends acknowledged writes again: what is wrong with the answers, which must name the first delivery. */
export async function redeliver(client: Client, writes: readonly Write[]): Promise<string[]> {
  const answers = await Promise.all(
    writes.map(async (write) => ({ write, answer: await client.send(write.call) })),
  );
  return answers.flatMap(({ write, answer }) => {
    const { firstSeq, duplicate } = acknowledgement(write, answer);
    if (duplicate && firstSeq === write.firstSeq) return [];
    return [
      `${write.call.path} again: duplicate ${duplicate}, seq ${firstSeq}, first stored as ${write.firstSeq}`,
    ];
  });
}
