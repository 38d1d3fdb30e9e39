import { readFile } from "node:fs/promises";
import type { Final, JsonObject, Metadata, State } from "session-protocol";
import { sessionFromDocuments } from "../domain/documents.js";
import type { ProducerTotals } from "../domain/events.js";
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
    readDocument<Metadata>(layout, sessionId, "metadata"),
    readDocument<State>(layout, sessionId, "state"),
    readDocument<JsonObject>(layout, sessionId, "initial"),
    readDocument<Final>(layout, sessionId, "final"),
    readProducers(layout, sessionId),
  ]);
  if (metadata === undefined || state === undefined || initial === undefined) return undefined;
  if (metadata.seq !== state.seq || metadata.sessionId !== sessionId) return undefined;
  return sessionFromDocuments({ metadata, state, initial, final: final ?? null, producers });
}
