import { createHash } from "node:crypto";
import { SessionStoreError } from "./errors.js";

/** Names one transcript: a session's main one, or with `subpath` one of its sub-agents'. */
export interface TranscriptKey {
  readonly projectKey: string;
  readonly sessionId: string;
  readonly subpath?: string | undefined;
}

export type SessionOfProject = Pick<TranscriptKey, "projectKey" | "sessionId">;

const STORED_PROJECT_KEY = /^(?!.*\.\.)[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}$/;
const SESSION_ID = /^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
/** A key that the service cannot take as it is begins so once it is encoded. */
const ENCODED = "_.";
const MAX_ENCODED = 255;
const MAX_SUBPATH = 512;
/** One that is not half of a pair: UTF-8 has none. */
const SURROGATE = /\p{Surrogate}/u;

/** @throws SessionStoreError where no transcript can have that key */
export function checkKey({ projectKey, sessionId, subpath }: TranscriptKey): void {
  if (projectKey === "") throw invalid("the project key is empty");
  if (!SESSION_ID.test(sessionId)) throw invalid(`${JSON.stringify(sessionId)} is no session id`);
  if (subpath === undefined) return;
  if (subpath === "") throw invalid("the subpath is empty: leave it out for the main transcript");
  if (subpath.length > MAX_SUBPATH || SURROGATE.test(subpath)) throw invalid("the subpath cannot be kept");
}

const invalid = (message: string): SessionStoreError => new SessionStoreError("invalid_key", message);

/** The project's key as the service keeps it: the same where it can be, else one that no other project has. */
export function storedProjectKey(projectKey: string): string {
  const isPlain = STORED_PROJECT_KEY.test(projectKey) && !projectKey.startsWith(ENCODED);
  if (isPlain) return projectKey;
  const encoded = ENCODED + Buffer.from(projectKey).toString("base64url");
  if (encoded.length <= MAX_ENCODED && !SURROGATE.test(projectKey)) return encoded;
  return `${ENCODED}${createHash("sha256").update(projectKey, "utf16le").digest("hex")}.`;
}

/** Claude Code's own project keys are paths with `-` for what is no letter or digit; others are names that people gave. */
export const isFromPath = (projectKey: string): boolean => projectKey.startsWith("-");

export function transcriptPath({ projectKey, sessionId }: SessionOfProject): string {
  return `/api/transcripts/${encodeURIComponent(projectKey)}/${encodeURIComponent(sessionId)}`;
}
