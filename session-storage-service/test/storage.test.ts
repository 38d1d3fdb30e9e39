import fs from "node:fs";
import path from "node:path";
import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { stateOf } from "../src/domain/documents.js";
import { SessionNotFound } from "../src/domain/errors.js";
import type { Session } from "../src/domain/session.js";
import type { Storage } from "../src/storage.js";
import { action, command } from "./support/commands.js";
import { foldAll } from "./support/fold-all.js";
import { eventsIn, openStorage } from "./support/storages.js";
import { tempFolder } from "./support/temp-folder.js";

const SMALL = { SEGMENT_BYTES: "4096", MAX_HOT_SESSIONS: "2" };
const CREATE = { data: { userId: "u", initial: {} } };

/** What clients were told: for each session the seq of every id acknowledged since it was created. */
type Acknowledged = Map<string, Map<string, number>>;

/** A client that goes on writing to these sessions until it is told to stop, and notes what was acknowledged. */
async function write(
  storage: Storage,
  client: string,
  sessionIds: readonly string[],
  acknowledged: Acknowledged,
  stopped: () => boolean,
): Promise<void> {
  for (let count = 0; !stopped(); count += 1) {
    const sessionId = sessionIds[count % sessionIds.length] as string;
    const ids = Array.from(
      { length: 1 + (count % 4) },
      (_, index) => `${client}-${String(count)}-${String(index)}`,
    );
    const commands = ids.map((id, index) =>
      index % 2 === 0
        ? action(id, { type: "tool_call", id })
        : command("state_updated", { [client]: count }, { id }),
    );
    const { outcomes } = await storage.sessions.submit(sessionId, { commands, create: CREATE });
    const known = acknowledged.get(sessionId) ?? new Map<string, number>();
    acknowledged.set(sessionId, known);
    for (const [index, id] of ids.entries()) known.set(id, outcomes[index]?.seq ?? 0);
    if (sessionIds.length === 1 && count % 20 === 19) {
      acknowledged.delete(sessionId);
      await storage.sessions.delete(sessionId);
    }
  }
}

/** The folder as a process that is killed at this moment leaves it, without what is derived. */
function leftByCrash(dataDir: string): string {
  const copy = path.join(tempFolder(), "data");
  const filter = (file: string) => !/index\.(db|json)|recent/.test(path.relative(dataDir, file));
  for (;;) {
    try {
      fs.cpSync(dataDir, copy, { recursive: true, verbatimSymlinks: true, filter });
      return copy;
    } catch (error) {
      // A deleted session's files go while they are being copied.
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      fs.rmSync(copy, { recursive: true, force: true });
    }
  }
}

async function check(
  storage: Storage,
  sessionId: string,
  acknowledged: ReadonlyMap<string, number>,
): Promise<void> {
  const session = await storage.sessions.get(sessionId);
  const events = await eventsIn(storage, sessionId);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(new Set(events.map(({ id }) => id)).size).toBe(events.length);
  for (const [id, seq] of acknowledged) expect(events[seq - 1]?.id).toBe(id);
  expect(stateOf(session)).toEqual(stateOf(foldAll(events) as Session));
  expect(await storage.history.verify(sessionId)).toMatchObject({ complete: true, lastSeq: events.length });
}

it("has everything that was acknowledged once and in order, whenever the process was killed", async () => {
  const dataDir = tempFolder();
  const storage = await openStorage(dataDir, SMALL);
  const acknowledged: Acknowledged = new Map();
  let stopped = false;
  const isStopped = () => stopped;
  const clients = [
    write(storage, "a", ["s1", "s2", "s3"], acknowledged, isStopped),
    write(storage, "b", ["s3", "s2", "s1"], acknowledged, isStopped),
    write(storage, "c", ["deleted-at-times"], acknowledged, isStopped),
  ];
  const crashes: { folder: string; acknowledged: Acknowledged }[] = [];
  for (let count = 0; count < 8; count += 1) {
    await sleep(20 + 40 * Math.random());
    for (let turns = 0; turns < 10 * Math.random(); turns += 1) await turn();
    const told = new Map([...acknowledged].map(([sessionId, ids]) => [sessionId, new Map(ids)]));
    crashes.push({ folder: leftByCrash(dataDir), acknowledged: told });
  }
  while ((acknowledged.get("s1")?.size ?? 0) <= 20) await sleep(5);
  stopped = true;
  await Promise.all(clients);
  for (const crash of crashes) {
    const recovered = await openStorage(crash.folder, SMALL);
    for (const [sessionId, ids] of crash.acknowledged) await check(recovered, sessionId, ids);
    const { outcomes } = await recovered.sessions.submit("after", {
      commands: [action("e1")],
      create: CREATE,
    });
    expect(outcomes).toMatchObject([{ seq: 2 }]);
    await recovered.close();
  }
});

it("has nothing to replay after it was closed", async () => {
  const dataDir = tempFolder();
  const storage = await openStorage(dataDir, SMALL);
  await storage.sessions.create("s1", CREATE);
  for (let count = 0; count < 50; count += 1) {
    await storage.sessions.submit("s1", { commands: [action(`e${String(count)}`)] });
  }
  await storage.close();
  const [segment, ...others] = fs.readdirSync(path.join(dataDir, "journal"));
  expect([fs.statSync(path.join(dataDir, "journal", segment as string)).size, others]).toEqual([0, []]);
  await check(await openStorage(dataDir), "s1", new Map([["e49", 51]]));
});

it("lets offsets go on although the journal was taken away", async () => {
  const dataDir = tempFolder();
  const storage = await openStorage(dataDir);
  await storage.sessions.create("s1", CREATE);
  await storage.sessions.submit("s1", { commands: [action(), action()] });
  await storage.close();
  fs.rmSync(path.join(dataDir, "journal"), { recursive: true });
  const again = await openStorage(dataDir);
  const { events } = await again.sessions.submit("s1", { commands: [action()] });
  expect(events).toMatchObject([{ seq: 4, offset: 4 }]);
});

it("forgets a deleted session for good", async () => {
  const dataDir = tempFolder();
  const storage = await openStorage(dataDir);
  await storage.sessions.create("s1", CREATE);
  await storage.sessions.delete("s1");
  const crashed = await openStorage(leftByCrash(dataDir));
  await expect(crashed.sessions.get("s1")).rejects.toThrow(SessionNotFound);
  expect(fs.existsSync(path.join(dataDir, "sessions", "s1"))).toBe(false);
});
