import type { Activity, Metadata, State } from "session-protocol";
import { derivedSeqs, type DerivedSeqs } from "./run-documents.js";
import { hasEnded } from "./status.js";
import type { Session } from "./session.js";

const DAY_MS = 86_400_000;
/** The only tenant until access tokens exist. */
const TENANT = "default";

export type WholeMetadata = Metadata & { readonly activity: Activity };

export function metadataOf(session: Session): WholeMetadata {
  const { profile } = session;
  return {
    $schema: "session-metadata-v1",
    sessionId: session.sessionId,
    tenantId: TENANT,
    userId: profile.userId,
    name: profile.name,
    description: profile.description,
    sandboxId: profile.sandboxId,
    created: session.created,
    updated: session.updated,
    status: session.status,
    model: profile.model,
    yoloMode: profile.yoloMode,
    tokenUsage: session.tokenUsage,
    costUsd: session.costUsd,
    metrics: session.metrics,
    activity: session.activity,
    tags: [...profile.tags],
    labels: profile.labels,
    parentSession: profile.parentSession,
    forkedFrom: profile.forkedFrom,
    subsessions: [...profile.subsessions],
    seq: session.seq,
    durationMs: Math.max(0, Date.parse(session.updated) - Date.parse(session.created)),
    ttlDays: profile.ttlDays,
    expiresAt: expiry(session),
  };
}

/** `metadata.json`: with the seqs by which a reader tells whether the documents beside it are as new. */
export type StoredMetadata = Metadata & { readonly derived: DerivedSeqs };

export function metadataDocument(session: Session): StoredMetadata {
  return { ...metadataOf(session), derived: derivedSeqs(session) };
}

/** A session's time to live starts when it ends. */
function expiry(session: Session): string | null {
  const { ttlDays } = session.profile;
  if (ttlDays === null || !hasEnded(session.status)) return null;
  return new Date(Date.parse(session.updated) + ttlDays * DAY_MS).toISOString();
}

/** The state with the seq of the last event it reflects, whatever that event was. */
export function stateOf(session: Session): State {
  const { $schema, version, ...rest } = session.state;
  return { $schema, version, ...rest, seq: session.seq };
}

/** The session from its documents, all of the same `seq`. */
export function sessionFromDocuments(documents: {
  metadata: WholeMetadata;
  state: State;
  initial: Session["initial"];
  final: Session["final"];
  producers: Session["producers"];
  runs: Session["runs"];
  usage: Session["usage"];
}): Session {
  const { metadata, ...others } = documents;
  return {
    sessionId: metadata.sessionId,
    created: metadata.created,
    forkedAt: undefined,
    updated: metadata.updated,
    seq: metadata.seq,
    status: metadata.status,
    profile: {
      userId: metadata.userId,
      name: metadata.name,
      description: metadata.description,
      sandboxId: metadata.sandboxId,
      model: metadata.model,
      yoloMode: metadata.yoloMode,
      tags: metadata.tags,
      labels: metadata.labels,
      parentSession: metadata.parentSession,
      forkedFrom: metadata.forkedFrom,
      subsessions: metadata.subsessions,
      ttlDays: metadata.ttlDays,
    },
    metrics: metadata.metrics,
    activity: metadata.activity,
    tokenUsage: metadata.tokenUsage,
    costUsd: metadata.costUsd,
    ...others,
  };
}
