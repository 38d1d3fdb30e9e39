import { appendFileSync, existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import type { Client } from "./support/client.js";
import { defined } from "./support/defined.js";
import { temporaryFolder } from "./support/folders.js";
import { startService } from "./support/service.js";
import { between, waitFor } from "./support/waiting.js";

const KILLS = 8;
const TRANSCRIPTS = 12;
/** Small, so that kills fall into segment switches and checkpoints too. */
const env = { SEGMENT_BYTES: String(64 * 1024) };

interface Entry {
  readonly uuid?: string;
  readonly name: string;
  readonly text: string;
}

/**
 * One agent that mirrors its transcript: it repeats what was not acknowledged, as an agent does. What it repeats is told
 * by the uuids of its entries or, where they have none, by the request's idempotency key.
 */
class Appender {
  readonly acknowledged: Entry[] = [];
  #inDoubt: Entry[] = [];

  constructor(
    readonly sessionId: string,
    readonly subpath: string | undefined,
    readonly by: "uuid" | "key",
  ) {}

  async run(client: Client): Promise<void> {
    for (;;) {
      const batch = this.#inDoubt.length > 0 ? this.#inDoubt : this.#next();
      this.#inDoubt = batch;
      const body = { subpath: this.subpath, entries: batch, summary: { count: this.acknowledged.length } };
      const answer = await client
        .post(`/api/transcripts/-work/${this.sessionId}`, body, this.#headers(batch))
        .catch(() => undefined);
      if (answer?.status !== 200) return;
      this.acknowledged.push(...batch);
      this.#inDoubt = [];
    }
  }

  /** What is there must begin with what was acknowledged; what is in doubt may follow, whole or not at all. */
  async check(client: Client): Promise<void> {
    const query = this.subpath === undefined ? "" : `?subpath=${encodeURIComponent(this.subpath)}`;
    const path = `/api/transcripts/-work/${this.sessionId}${query}`;
    const { status, body } = await client.send({ method: "GET", path });
    const entries = status === 404 ? [] : (body as { entries: Entry[] }).entries;
    const whole = [...this.acknowledged, ...this.#inDoubt];
    expect(entries).toEqual(entries.length > this.acknowledged.length ? whole : this.acknowledged);
  }

  #next(): Entry[] {
    const first = this.acknowledged.length;
    return Array.from({ length: 1 + (first % 5) }, (_, index) => {
      const name = `${this.sessionId}-${this.subpath ?? ""}-${String(first + index)}`;
      const entry = { name, text: "x".repeat(between(0, 300)) };
      return this.by === "uuid" ? { uuid: name, ...entry } : entry;
    });
  }

  #headers([first]: Entry[]): Record<string, string> {
    return this.by === "key" ? { "idempotency-key": defined(first).name } : {};
  }
}

const appenders = (): Appender[] =>
  Array.from({ length: TRANSCRIPTS }, (_, n) => {
    const subpath = n % 3 === 0 ? undefined : `subagents/agent-${String(n)}`;
    return new Appender(`t${String(Math.floor(n / 3))}`, subpath, n % 2 === 0 ? "key" : "uuid");
  });

it(`keeps every acknowledged entry of many transcripts once and in order through ${KILLS} times kill -9`, async () => {
  const dataDir = await temporaryFolder();
  const crew = appenders();
  for (let kill = 0; kill <= KILLS; kill += 1) {
    const { process, client } = await startService({ dataDir, env });
    for (const appender of crew) await appender.check(client);
    const writing = Promise.all(crew.map((appender) => appender.run(client)));
    await acknowledged(crew);
    await sleep(between(0, 400));
    await process.kill();
    await writing;
    await client.close();
  }
  const total = crew.reduce((sum, appender) => sum + appender.acknowledged.length, 0);
  console.log(`${total} entries were acknowledged over ${KILLS + 1} kills`);
});

/** Resolves once each has had something more acknowledged. */
async function acknowledged(crew: readonly Appender[]): Promise<void> {
  const before = crew.map((appender) => appender.acknowledged.length);
  await waitFor(
    "every transcript to grow",
    () => crew.every((appender, n) => appender.acknowledged.length > defined(before[n])) || undefined,
  );
}

it("cuts a torn tail of the journal and of a transcript's file", async () => {
  const dataDir = await temporaryFolder();
  const [appender] = appenders() as [Appender];
  const first = await startService({ dataDir });
  const file = path.join(dataDir, "transcripts/-work/t0/main.jsonl");
  const writing = appender.run(first.client);
  await acknowledged([appender]);
  // What is acknowledged is in the journal; its file follows.
  await waitFor("its file", () => existsSync(file) || undefined);
  await first.process.kill();
  await writing;
  const journal = path.join(dataDir, "journal");
  const [segment = ""] = readdirSync(journal).filter((name) => name.endsWith(".log"));
  appendFileSync(path.join(journal, segment), '0badc0de {"offset":');
  appendFileSync(file, '{"uuid":"torn');
  const { client } = await startService({ dataDir });
  await appender.check(client);
});
