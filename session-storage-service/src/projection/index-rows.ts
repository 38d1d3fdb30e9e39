import { createHash } from "node:crypto";
import type { Metadata } from "session-protocol";
import { hasEnded } from "../domain/status.js";
import type { PackedSummary } from "./index-messages.js";
import { countableOf, type Countable } from "./index-totals.js";
import { asText, bindable, type Row } from "./sqlite.js";

/** What the index has of a session. */
export interface KnownSession extends Countable {
  readonly number: number;
  readonly sessionId: string;
  readonly profile: string;
  readonly firstOffset: number;
  readonly lastOffset: number;
}

/** A summary, ready to be put into the tables. */
export interface SessionRow {
  readonly number: number;
  readonly json: string;
  readonly metadata: Metadata;
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly storageBytes: number;
  readonly profile: string;
}

/** The columns `knownOf` reads, in its order, behind those of `countableOf`. */
export const KNOWN_COLUMNS =
  "number, CAST(session_id AS BLOB), CAST(profile AS BLOB), first_offset, last_offset";

export function knownOf(row: Row): KnownSession {
  const [number, sessionId, profile, firstOffset, lastOffset] = row.slice(-5);
  return {
    ...countableOf(row),
    number: Number(number),
    sessionId: asText(sessionId),
    profile: asText(profile),
    firstOffset: Number(firstOffset),
    lastOffset: Number(lastOffset),
  };
}

/** Offsets that the summary does not know are those the index has. */
export function rowOf(
  summary: PackedSummary,
  metadata: Metadata,
  known: KnownSession | undefined,
  number: number,
): SessionRow {
  const firstOffset = summary.firstOffset || (known?.firstOffset ?? 0);
  const lastOffset = summary.lastOffset || (known?.lastOffset ?? 0);
  const { metadata: json, storageBytes } = summary;
  return {
    number,
    json,
    metadata,
    firstOffset,
    lastOffset,
    storageBytes,
    profile: profileOf(metadata, firstOffset),
  };
}

/** A digest of everything but the running totals. */
function profileOf(metadata: Metadata, firstOffset: number): string {
  const { userId, status, created, parentSession, name, description, tags, activity } = metadata;
  const owned = [userId, status, created, parentSession, name, description];
  const text = JSON.stringify([...owned, tags, activity?.agents, firstOffset]);
  return createHash("sha1").update(text).digest("base64");
}

type Values = (string | number | null)[];

/** In the order of the columns of `sessions` that seldom change. */
export function profileValues({ number, metadata, firstOffset, profile }: SessionRow): Values {
  const { userId, status, parentSession, created } = metadata;
  return [number, bindable(userId), status, parentSession, bindable(created), firstOffset, profile];
}

/** In the order of the columns of `sessions` that change with every event. */
export function totalsValues({ metadata, lastOffset, storageBytes }: SessionRow): Values {
  const { updated, seq, status, expiresAt, tokenUsage, costUsd } = metadata;
  const { input, output, cacheRead, cacheWrite, total } = tokenUsage;
  return [
    bindable(updated),
    lastOffset,
    seq,
    input,
    output,
    cacheRead,
    cacheWrite,
    total,
    costUsd,
    storageBytes,
    hasEnded(status) ? bindable(updated) : null,
    expiresAt === null ? null : bindable(expiresAt),
  ];
}

/** What `q` looks into. */
export function wordsOf({ metadata }: SessionRow): string {
  const { sessionId, userId, name, description, tags } = metadata;
  return bindable([sessionId, userId, name ?? "", description ?? "", ...tags].join("\n").toLowerCase());
}

export function tagsOf({ number, metadata }: SessionRow): Values[] {
  return [...new Set(metadata.tags.map(bindable))].map((tag) => [number, tag]);
}

/** An agent is found by its id and by its type. */
export function agentsOf({ number, metadata }: SessionRow): Values[] {
  const { agents = [] } = metadata.activity ?? {};
  const names = agents.flatMap(({ agentId, type }) => (type === null ? [agentId] : [agentId, type]));
  return [...new Set(names.map(bindable))].map((name) => [number, name]);
}

export function countedAs({ metadata, storageBytes }: SessionRow): Countable {
  const { status, seq, tokenUsage, costUsd } = metadata;
  return { status, seq, tokenUsage, costUsd, storageBytes };
}
