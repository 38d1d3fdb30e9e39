import { z } from "zod";
import { SessionId } from "./ids.js";
import { JsonObject } from "./json.js";

const PROJECT_KEY_PATTERN = /^(?!.*\.\.)[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}$/;
const PROJECT_KEY_RULE = "must be 1 to 255 of A-Z a-z 0-9 . _ - , not start with '.', and hold no '..'";
const SUBPATH_RULE = "must be 1 to 512 characters of well-formed Unicode";

/** What an agent keeps its transcripts under: its working directory, with `-` for what is no letter or digit. */
export const ProjectKey = z.string().regex(PROJECT_KEY_PATTERN, PROJECT_KEY_RULE);

/** A sub-agent's transcript in its session, such as `subagents/agent-1`. Its meaning is the agent's. */
export const Subpath = z
  .string()
  .min(1, SUBPATH_RULE)
  .max(512, SUBPATH_RULE)
  .refine((text) => !/\p{Surrogate}/u.test(text), SUBPATH_RULE);

/** Entries to keep in order. One whose `uuid` is stored already is not stored again. */
export const TranscriptAppend = z.object({
  subpath: Subpath.optional(),
  entries: z.array(JsonObject),
  /** Takes the place of the session's summary, together with the append. */
  summary: JsonObject.optional(),
  /** A session that gets an event `transcript_appended`. */
  recorderSession: SessionId.optional(),
});
export type TranscriptAppend = z.infer<typeof TranscriptAppend>;

export const TranscriptAppendResult = z.object({
  stored: z.int().min(0),
  duplicates: z.int().min(0),
  /** Entries the transcript has now. */
  total: z.int().min(0),
  duplicate: z.literal(true).optional(),
});
export type TranscriptAppendResult = z.infer<typeof TranscriptAppendResult>;

export const TranscriptQuery = z.object({ subpath: Subpath.optional() });

export const Transcript = z.object({ entries: z.array(JsonObject) });
export type Transcript = z.infer<typeof Transcript>;

/** `mtime` is when the main transcript was stored to last, in milliseconds since the epoch. */
export const TranscriptSessions = z.object({
  sessions: z.array(z.object({ sessionId: SessionId, mtime: z.int(), summary: JsonObject.optional() })),
});
export type TranscriptSessions = z.infer<typeof TranscriptSessions>;

export const TranscriptPlacesQuery = z.object({ sessionId: SessionId });

/** The projects that have a main transcript of a session. */
export const TranscriptPlaces = z.object({
  transcripts: z.array(z.object({ projectKey: ProjectKey, sessionId: SessionId, mtime: z.int() })),
});
export type TranscriptPlaces = z.infer<typeof TranscriptPlaces>;

export const TranscriptSubkeys = z.object({ subkeys: z.array(Subpath) });
export type TranscriptSubkeys = z.infer<typeof TranscriptSubkeys>;

/** `deleted` is false where nothing was there. */
export const TranscriptDeleteResult = z.object({ success: z.literal(true), deleted: z.boolean() });
export type TranscriptDeleteResult = z.infer<typeof TranscriptDeleteResult>;
