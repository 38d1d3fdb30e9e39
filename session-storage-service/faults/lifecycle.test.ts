import { access, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Final, Metadata, SessionDocument } from "session-protocol";
import { expect, it } from "vitest";
import type { Client } from "./support/client.js";
import { temporaryFolder } from "./support/folders.js";
import { startService } from "./support/service.js";
import { between, waitFor } from "./support/waiting.js";

const KILLS = 12;
const BASE_EVENTS = 2_000;

/** What was acknowledged of sessions that begin and end; the last of each may have been cut off unanswered. */
class Lives {
  readonly finalized: string[] = [];
  readonly deleted: string[] = [];
  readonly forked: string[] = [];
  /** Forks that were asked for, answered or not. */
  readonly forksBegun: string[] = [];
  #count = 0;

  /** Goes on until the service is gone. */
  async run(client: Client): Promise<void> {
    await Promise.all([this.#finalize(client), this.#delete(client), this.#fork(client)].map(untilBroken));
  }

  /** Resolves once something more of each kind was acknowledged. */
  async oneMoreOfEach(): Promise<void> {
    const kinds = [this.finalized, this.deleted, this.forked].map((ids) => ({ ids, before: ids.length }));
    await waitFor(
      "one more of each to be acknowledged",
      () => kinds.every(({ ids, before }) => ids.length > before) || undefined,
    );
  }

  async #finalize(client: Client): Promise<void> {
    for (;;) {
      const id = await this.#begin(client, "finalized");
      await answered(client, `/api/sessions/${id}/finalize`, { status: "success", outcome: id });
      this.finalized.push(id);
    }
  }

  async #delete(client: Client): Promise<void> {
    for (;;) {
      const id = await this.#begin(client, "deleted");
      const { status } = await client.send({ method: "DELETE", path: `/api/sessions/${id}` });
      if (status < 300) this.deleted.push(id);
    }
  }

  async #fork(client: Client): Promise<void> {
    for (;;) {
      const sessionId = `fork-${(this.#count += 1)}`;
      this.forksBegun.push(sessionId);
      await answered(client, "/api/sessions/base/fork", { sessionId });
      this.forked.push(sessionId);
    }
  }

  async #begin(client: Client, name: string): Promise<string> {
    const id = `${name}-${(this.#count += 1)}`;
    await client.createSession(id);
    await answered(client, `/api/actions/${id}`, { type: "tool_call", tool: "Read" });
    return id;
  }
}

it("keeps what ended ended, what was deleted deleted, and forks whole, through kill -9", async () => {
  const dataDir = await temporaryFolder();
  const lives = new Lives();
  for (let kill = 0; kill <= KILLS; kill += 1) {
    const { process, client } = await startService({ dataDir });
    if (kill === 0) await createBase(client);
    for (const id of lives.finalized) await expectFinalized(client, dataDir, id);
    for (const id of lives.deleted) await expectDeleted(client, dataDir, id);
    for (const id of lives.forksBegun) await expectWholeFork(client, id, lives.forked.includes(id));
    const running = lives.run(client);
    await Promise.race([lives.oneMoreOfEach(), running]);
    await sleep(between(0, 250));
    await process.kill();
    await running;
    await client.close();
  }
  console.log(
    `${lives.finalized.length} finalized, ${lives.deleted.length} deleted, ${lives.forked.length} forked over ${KILLS} kills`,
  );
}, 300_000);

async function createBase(client: Client): Promise<void> {
  const events = Array.from({ length: 500 }, (_, n) => ({ type: "action", data: { type: "tool_call", n } }));
  await client.createSession("base");
  for (let n = 0; n < BASE_EVENTS / events.length; n += 1)
    await answered(client, "/api/sessions/base/batch", { events });
}

async function expectFinalized(client: Client, dataDir: string, id: string): Promise<void> {
  const { metadata, final } = await client.read(`/api/sessions/${id}`, SessionDocument);
  expect({ id, status: metadata.status, outcome: final?.outcome }).toEqual({
    id,
    status: "completed",
    outcome: id,
  });
  const folder = join(dataDir, "sessions", id);
  const settled = async () => {
    const text = await readFile(join(folder, "final.json"), "utf8").catch(() => undefined);
    if (text === undefined) return undefined;
    const filed = Metadata.parse(JSON.parse(await readFile(join(folder, "metadata.json"), "utf8")));
    return filed.status === "completed" ? Final.parse(JSON.parse(text)) : undefined;
  };
  expect(await waitFor(`the documents of ${id}`, settled)).toEqual(final);
}

async function expectDeleted(client: Client, dataDir: string, id: string): Promise<void> {
  expect((await client.send({ method: "GET", path: `/api/sessions/${id}` })).status, id).toBe(404);
  await expect(access(join(dataDir, "sessions", id))).rejects.toThrow("ENOENT");
}

async function expectWholeFork(client: Client, id: string, wasAcknowledged: boolean): Promise<void> {
  const { status } = await client.send({ method: "GET", path: `/api/sessions/${id}/verify` });
  if (status === 404 && !wasAcknowledged) return;
  expect(await client.verify(id), id).toMatchObject({ complete: true });
  expect((await client.verify(id)).lastSeq, id).toBeGreaterThanOrEqual(BASE_EVENTS + 1);
}

async function answered(client: Client, path: string, body: unknown): Promise<void> {
  const answer = await client.post(path, body);
  if (answer.status >= 300)
    throw new Error(`${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
}

/** An answer that is a refusal fails the test; a connection that breaks ends the writer. */
async function untilBroken(writing: Promise<void>): Promise<void> {
  await writing.catch((error: unknown) => {
    if (error instanceof Error && error.message.includes(" answered ")) throw error;
  });
}
