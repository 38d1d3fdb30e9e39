import fs from "node:fs";
import path from "node:path";
import type { Metadata } from "session-protocol";
import { expect, it } from "vitest";
import { metadataOf } from "../src/domain/documents.js";
import type { Storage } from "../src/storage.js";
import { action, command } from "./support/commands.js";
import { MovableClock } from "./support/movable-clock.js";
import { openStorage } from "./support/storages.js";
import { tempFolder } from "./support/temp-folder.js";

const CREATE = { data: { userId: "u", initial: {} } };

const newest = async ({ index }: Storage): Promise<string[]> =>
  (await index.recent(10)).map((text) => (JSON.parse(text) as Metadata).sessionId);

it("was as old as its source: a fork of an old session was not among the newest", async () => {
  const [dataDir, clock] = [tempFolder(), new MovableClock()];
  const storage = await openStorage(dataDir, {}, clock);
  const { sessions } = storage;
  await sessions.submit("old", { commands: [action("a1")], create: CREATE });
  clock.passDays(1);
  await sessions.submit("old", { commands: [command("session_finalized", {})] });
  await sessions.submit("younger", { commands: [], create: CREATE });
  clock.passDays(1);
  const fork = await sessions.fork("old", "fork", {});
  const [source, made] = [metadataOf(await sessions.get("old")), metadataOf(fork)];
  expect(Date.parse(made.created) - Date.parse(source.created)).toBe(2 * 86_400_000);
  expect(made.updated).toBe(made.created);
  expect(fork.final?.durationMs, "its history is its source's").toBe(86_400_000);
  expect(await newest(storage)).toEqual(["fork", "younger", "old"]);
  await storage.close();

  for (const name of ["metadata.json", "state.json"]) fs.rmSync(path.join(dataDir, "sessions/fork", name));
  const again = await openStorage(dataDir, {}, clock);
  expect(metadataOf(await again.sessions.get("fork"))).toMatchObject({
    created: made.created,
    updated: made.updated,
    forkedFrom: { sessionId: "old", seq: 3 },
  });
});
