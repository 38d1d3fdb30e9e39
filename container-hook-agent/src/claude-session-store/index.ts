export { ClaudeSessionStore } from "./claude-session-store.js";
export { SessionStoreError } from "../transcripts/errors.js";
export type { StoreEnd } from "./claude-session-store.js";
export type { ClaudeSessionStoreOptions } from "./options.js";
export type { SessionStoreErrorCode } from "../transcripts/errors.js";
export type { FoldSessionSummary, SessionKey, SessionStoreEntry, SessionSummaryEntry } from "./types.js";
