import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { State } from "session-protocol";
import { SessionDocument, type SessionEvent } from "session-protocol";
import { z } from "zod";
import type { Client } from "./client.js";
import { fold, summary } from "./fold.js";
import type { Ledger, SentEvent } from "./ledger.js";
import { discrepancies } from "./reckoning.js";
import { waitFor } from "./waiting.js";

/** Everything wrong with what the service and its folder say of the sessions in the ledger. */
export async function audit(client: Client, dataDir: string, ledger: Ledger): Promise<string[]> {
  const faults = await Promise.all(
    ledger.sessions.map(async (sessionId) => {
      const found = await auditSession(client, join(dataDir, "sessions", sessionId), sessionId, ledger);
      return found.map((fault) => `${sessionId}: ${fault}`);
    }),
  );
  return [...faults.flat(), ...(await dangling(dataDir))];
}

async function auditSession(
  client: Client,
  folder: string,
  sessionId: string,
  ledger: Ledger,
): Promise<string[]> {
  const events = await client.events(sessionId);
  const sent = new Map(
    ledger.writes(sessionId).flatMap((write) => write.events.map((event) => [event.id, event])),
  );
  return [
    ...discrepancies(events, ledger.writes(sessionId)),
    ...(await verified(client, sessionId, events.length)),
    ...(await folded(client, sessionId, events, sent)),
    ...(await counted(client, sessionId, events)),
    ...(await filed(folder, events, await client.state(sessionId))),
  ];
}

async function verified(client: Client, sessionId: string, length: number): Promise<string[]> {
  const { complete, lastSeq, missing } = await client.verify(sessionId);
  if (complete && lastSeq === length && missing.length === 0) return [];
  return [`verify says complete ${complete}, lastSeq ${lastSeq} of ${length}, missing ${missing.join(" ")}`];
}

/** The state now, at the last event and at one in the middle, against our own fold of what was sent. */
async function folded(
  client: Client,
  sessionId: string,
  events: readonly SessionEvent[],
  sent: ReadonlyMap<string, SentEvent>,
): Promise<string[]> {
  const now = await client.state(sessionId);
  const last = await client.state(sessionId, events.length);
  const middle = Math.ceil(events.length / 2);
  const then = await client.state(sessionId, middle);
  return [
    ...(isDeepStrictEqual(now, last) ? [] : [`state at seq ${events.length} differs from the current one`]),
    ...misfolded(now, events, sent),
    ...misfolded(then, events.slice(0, middle), sent),
  ];
}

function misfolded(
  state: State,
  events: readonly SessionEvent[],
  sent: ReadonlyMap<string, SentEvent>,
): string[] {
  const expected = fold(events.flatMap(({ id }) => sent.get(id) ?? []));
  const actual = summary(state);
  if (isDeepStrictEqual(actual, expected)) return [];
  return [`state after ${events.length} is ${JSON.stringify(actual)}, its fold ${JSON.stringify(expected)}`];
}

async function counted(
  client: Client,
  sessionId: string,
  events: readonly SessionEvent[],
): Promise<string[]> {
  const { metadata } = await client.read(`/api/sessions/${sessionId}?entries=0`, SessionDocument);
  const { actions, responses } = metadata.metrics;
  const count = (type: string) => events.filter((event) => event.type === type).length;
  if (actions === count("action") && responses === count("response") && metadata.seq === events.length)
    return [];
  return [`metadata counts ${actions} actions, ${responses} responses, seq ${metadata.seq}`];
}

/** The session's folder: its three logs hold every event once, its state.json is the state. */
async function filed(folder: string, events: readonly SessionEvent[], state: State): Promise<string[]> {
  const expected = events.map(({ seq }) => seq);
  let seqs: number[] = [];
  let document: unknown;
  const settled = async () => {
    seqs = await loggedSeqs(folder);
    document = JSON.parse(await textOf(join(folder, "state.json"), "null"));
    return (isDeepStrictEqual(document, state) && isDeepStrictEqual(seqs, expected)) || undefined;
  };
  return waitFor("the session files", settled).then(
    () => [],
    (error: unknown) => [
      `${String(error)}: its logs hold ${seqs.length} of ${events.length} events, ` +
        `state.json is ${JSON.stringify(document)}, the state ${JSON.stringify(state)}`,
    ],
  );
}

/** A file is made when there is something to write to it. */
function textOf(file: string, absent: string): Promise<string> {
  return readFile(file, "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return absent;
    throw error;
  });
}

/** `recent/` never points at what is not there. */
async function dangling(dataDir: string): Promise<string[]> {
  const recent = join(dataDir, "recent");
  const links = await readdir(recent);
  const broken = await Promise.all(
    links.map((link) =>
      stat(join(recent, link)).then(
        () => [],
        () => [`recent/${link} dangles`],
      ),
    ),
  );
  return broken.flat();
}

const Line = z.looseObject({ seq: z.int() });

async function loggedSeqs(folder: string): Promise<number[]> {
  const names = ["actions.jsonl", "responses.jsonl", "events.jsonl"];
  const logs = await Promise.all(names.map((name) => textOf(join(folder, name), "")));
  // What follows the last newline is a line being written.
  const lines = logs.flatMap((text) => text.split("\n").slice(0, -1));
  return lines.map((line) => Line.parse(JSON.parse(line)).seq).sort((a, b) => a - b);
}
