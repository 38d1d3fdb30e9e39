import type { SessionStatus, TokenUsage } from "session-protocol";
import { asText, type Row, type Sqlite } from "./sqlite.js";

/** What a session counts for in the statistics. */
export interface Countable {
  readonly status: string;
  readonly seq: number;
  readonly tokenUsage: TokenUsage;
  readonly costUsd: number;
  readonly storageBytes: number;
}

/** What `countableOf` reads, in its order. */
export const COUNTABLE = `CAST(status AS BLOB), seq, input, output, cache_read, cache_write, total, cost_usd, storage_bytes`;

export function countableOf(row: Row): Countable {
  const [status, seq, input, output, cacheRead, cacheWrite, total, costUsd, storageBytes] = row;
  return {
    status: asText(status),
    seq: Number(seq),
    tokenUsage: {
      input: Number(input),
      output: Number(output),
      cacheRead: Number(cacheRead),
      cacheWrite: Number(cacheWrite),
      total: Number(total),
    },
    costUsd: Number(costUsd),
    storageBytes: Number(storageBytes),
  };
}

const SUMS = `SELECT CAST(status AS BLOB), sum(seq), sum(input), sum(output), sum(cache_read), sum(cache_write), sum(total),
  sum(cost_usd), sum(storage_bytes), count(*) FROM sessions GROUP BY status`;

const NOTHING = {
  events: 0,
  input: 0,
  output: 0,
  cacheRead: 0,
  cacheWrite: 0,
  total: 0,
  costUsd: 0,
  storageBytes: 0,
};

/** Sums over all sessions: read from the table once, then kept with every change. Never stored. */
export class Totals {
  #sums: typeof NOTHING | undefined;
  #counts = new Map<string, number>();

  constructor(private readonly database: Sqlite) {}

  /** To be read anew when next asked for. */
  forget(): void {
    this.#sums = undefined;
  }

  /** One session counts as `after` in place of `before`; undefined: it was not, or is no longer, there. */
  replace(before: Countable | undefined, after: Countable | undefined): void {
    if (this.#sums === undefined) return;
    if (before !== undefined) this.#add(this.#sums, before, -1, 1);
    if (after !== undefined) this.#add(this.#sums, after, 1, 1);
  }

  get sums(): typeof NOTHING {
    return this.#sums ?? this.#read();
  }

  count(...statuses: readonly SessionStatus[]): number {
    if (this.#sums === undefined) this.#read();
    return statuses.reduce((sum, status) => sum + (this.#counts.get(status) ?? 0), 0);
  }

  #read(): typeof NOTHING {
    const sums = { ...NOTHING };
    this.#counts = new Map();
    for (const row of this.database.rows(SUMS)) this.#add(sums, countableOf(row), 1, Number(row.at(-1)));
    return (this.#sums = sums);
  }

  #add(
    sums: typeof NOTHING,
    { status, seq, tokenUsage, costUsd, storageBytes }: Countable,
    sign: 1 | -1,
    sessions: number,
  ): void {
    this.#counts.set(status, (this.#counts.get(status) ?? 0) + sign * sessions);
    sums.events += sign * seq;
    sums.input += sign * tokenUsage.input;
    sums.output += sign * tokenUsage.output;
    sums.cacheRead += sign * tokenUsage.cacheRead;
    sums.cacheWrite += sign * tokenUsage.cacheWrite;
    sums.total += sign * tokenUsage.total;
    sums.costUsd += sign * costUsd;
    sums.storageBytes += sign * storageBytes;
  }
}
