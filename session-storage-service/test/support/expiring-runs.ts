import fs from "node:fs";
import path from "node:path";
import { expect } from "vitest";
import type { Command } from "../../src/domain/decide.js";
import { metadataOf, stateOf } from "../../src/domain/documents.js";
import { runsDocument, usageDocument } from "../../src/domain/run-documents.js";
import type { Session } from "../../src/domain/session.js";
import type { Storage } from "../../src/storage.js";
import { action, command } from "./commands.js";
import { foldAll } from "./fold-all.js";
import { MovableClock } from "./movable-clock.js";
import { eventsIn, openStorage } from "./storages.js";
import { tempFolder } from "./temp-folder.js";

/** The content of runs. */
export const SECRET = "needle";

export const began = (runId: string, ttlDays: number | null = null) =>
  command("execution_started", { runId, agentId: "a1", model: "gpt-4o", ttlDays, input: SECRET });
export const ended = (runId: string) => command("execution_completed", { runId, output: { text: SECRET } });
export const node = (runId: string, nodeId = "n1") =>
  command("node_executed", { runId, nodeId, nodeType: "t", status: "completed", output: SECRET });
export const used = (runId: string, id?: string) =>
  command("response", { runId, content: SECRET, usage: { inputTokens: 7, note: SECRET } }, { id });
export const acted = (runId: string, id?: string) =>
  action(id, { type: "tool_call", runId, timestamp: "then", input: SECRET });
export const whole = (runId: string, ttlDays: number | null = null): Command[] => [
  began(runId, ttlDays),
  node(runId),
  acted(runId, `act-${runId}`),
  used(runId, `use-${runId}`),
  ended(runId),
];

export interface Lab {
  readonly storage: Storage;
  readonly clock: MovableClock;
  readonly dataDir: string;
}

export async function lab(settings: Readonly<Record<string, string>> = {}): Promise<Lab> {
  const [dataDir, clock] = [tempFolder(), new MovableClock()];
  return { storage: await openStorage(dataDir, settings, clock), clock, dataDir };
}

export const record = async ({ sessions }: Storage, sessionId: string, ...commands: Command[]) =>
  sessions.submit(sessionId, { create: { data: { userId: "u", initial: {} } }, commands });

export async function runIds({ index }: Storage): Promise<string[]> {
  const { runs } = await index.runs({ skip: 0, limit: 1_000 });
  return runs.map(({ summary }) => summary.runId).sort();
}

export const factsOf = (session: Session) => ({
  metadata: metadataOf(session),
  state: stateOf(session),
  runs: runsDocument(session.runs),
  usage: usageDocument(session.usage),
});

/** What is left of a session is what it was, but for its content; and its files say so by themselves. */
export async function expectSameFold(storage: Storage, sessionId: string): Promise<void> {
  const events = await eventsIn(storage, sessionId);
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
  expect(factsOf(foldAll(events) as Session)).toEqual(factsOf(await storage.sessions.get(sessionId)));
  expect(await storage.history.verify(sessionId)).toMatchObject({ complete: true, missing: [] });
}

/** The data folder as a process that was killed would leave it. */
export function leftBehind(dataDir: string, ...without: string[]): string {
  const left = path.join(tempFolder(), "data");
  const filter = (file: string): boolean => !file.endsWith(".lock");
  fs.cpSync(dataDir, left, { recursive: true, verbatimSymlinks: true, filter });
  for (const name of without) fs.rmSync(path.join(left, name), { recursive: true, force: true });
  return left;
}

export function textOfLogs(dataDir: string, sessionId: string): string {
  const folder = path.join(dataDir, "sessions", sessionId);
  const logs = fs.readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
  return logs.map((name) => fs.readFileSync(path.join(folder, name), "utf8")).join("");
}
