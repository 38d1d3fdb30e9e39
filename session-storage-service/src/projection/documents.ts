import { readFile } from "node:fs/promises";
import type { Final, JsonObject, State } from "session-protocol";
import { sessionFromDocuments, type StoredMetadata } from "../domain/documents.js";
import type { ProducerTotals } from "../domain/events.js";
import {
  runsFrom,
  usageFrom,
  type DerivedSeqs,
  type RunsDocument,
  type UsageDocument,
} from "../domain/run-documents.js";
import { NO_RUNS } from "../domain/runs.js";
import { NO_USAGE } from "../domain/usage.js";
import type { Session } from "../domain/session.js";
import type { DocumentName, Layout } from "./layout.js";

/** A document, or undefined where it is missing or was cut off by a crash. */
async function readDocument<T>(
  layout: Layout,
  sessionId: string,
  name: DocumentName,
): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(layout.document(sessionId, name), "utf8")) as T;
  } catch (error) {
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

export async function readProducers(layout: Layout, sessionId: string): Promise<readonly ProducerTotals[]> {
  return (await readDocument<ProducerTotals[]>(layout, sessionId, "producers")) ?? [];
}

/** The session as its documents say, or undefined where they are incomplete or of different ages. */
export async function readDocuments(layout: Layout, sessionId: string): Promise<Session | undefined> {
  const [metadata, state, initial, final, producers] = await Promise.all([
    readDocument<Partial<StoredMetadata> & Omit<StoredMetadata, "derived">>(layout, sessionId, "metadata"),
    readDocument<State>(layout, sessionId, "state"),
    readDocument<JsonObject>(layout, sessionId, "initial"),
    readDocument<Final>(layout, sessionId, "final"),
    readProducers(layout, sessionId),
  ]);
  if (metadata === undefined || state === undefined || initial === undefined) return undefined;
  if (metadata.seq !== state.seq || metadata.sessionId !== sessionId) return undefined;
  const derived = await readDerived(layout, sessionId, metadata.derived);
  const { activity } = metadata;
  if (derived === undefined || activity === undefined) return undefined;
  return sessionFromDocuments({
    metadata: { ...metadata, activity },
    state,
    initial,
    final: final ?? null,
    producers,
    ...derived,
  });
}

/** The open runs and the usage, or undefined where they are not of the age that the metadata names. */
export async function readDerived(
  layout: Layout,
  sessionId: string,
  seqs: DerivedSeqs | undefined,
): Promise<Pick<Session, "runs" | "usage"> | undefined> {
  if (seqs === undefined) return undefined;
  const [runs, usage] = await Promise.all([
    seqs.runs === 0 ? undefined : readDocument<RunsDocument>(layout, sessionId, "runs"),
    seqs.usage === 0 ? undefined : readDocument<UsageDocument>(layout, sessionId, "usage"),
  ]);
  if ((runs?.seq ?? 0) !== seqs.runs || (usage?.seq ?? 0) !== seqs.usage) return undefined;
  return {
    runs: runs === undefined ? NO_RUNS : runsFrom(runs),
    usage: usage === undefined ? NO_USAGE : usageFrom(usage),
  };
}
