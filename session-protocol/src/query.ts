import { z } from "zod";
import { AgentId, RunId, SessionId, UserId } from "./ids.js";
import { EVENT_TYPES, SessionEvent } from "./events.js";
import { SessionStatus, TokenUsage } from "./sessions.js";

export const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1_000;

/** A number as text. `meta` says to readers of the generated documents what the text stands for. */
export const wholeNumber = (least: number, most = Number.MAX_SAFE_INTEGER) =>
  z
    .string()
    .regex(/^\d{1,16}$/, "must be a whole number")
    .transform(Number)
    .pipe(z.int().min(least).max(most))
    .meta({ type: "integer", minimum: least, maximum: most });

export const Limit = wholeNumber(1, MAX_LIMIT).default(DEFAULT_LIMIT);
const Cursor = z.string().min(1).max(512).meta({ description: "`nextCursor` of the page before." });
/** A date or a date and time; a bare date is midnight UTC. */
export const Moment = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()])
  .transform((text) => new Date(text).toISOString())
  .meta({ description: "A date and time, or a date, which stands for its midnight in UTC." });

export const SessionsQuery = z.object({
  userId: UserId.optional(),
  status: SessionStatus.optional(),
  tag: z.string().min(1).max(256).optional(),
  agentId: AgentId.optional().meta({
    description: "Sessions in which an agent of this id or type did something or was spawned.",
  }),
  parentSession: SessionId.optional(),
  q: z.string().min(1).max(256).optional(),
  since: Moment.optional(),
  until: Moment.optional(),
  order: z.enum(["created", "updated"]).default("created"),
  limit: Limit,
  cursor: Cursor.optional(),
});
export type SessionsQuery = z.infer<typeof SessionsQuery>;

export const UserSessionsQuery = z.object({ limit: Limit, cursor: Cursor.optional() });

const EventTypeList = z
  .string()
  .transform((text) => text.split(","))
  .pipe(z.array(z.enum(EVENT_TYPES)).min(1))
  .meta({ description: `One or several of ${EVENT_TYPES.join(", ")}, separated by commas.` });

/** Without `limit` a page holds 100 events, and an NDJSON answer all of them. */
const PageLimit = wholeNumber(1, MAX_LIMIT)
  .optional()
  .meta({ description: `At most this many; ${String(DEFAULT_LIMIT)} if absent, all of them in NDJSON.` });
const After = wholeNumber(0).default(0).meta({ description: "Only what has a greater `seq`." });

export const EventsQuery = z.object({
  after: After,
  limit: PageLimit,
  type: EventTypeList.optional(),
  agentId: AgentId.optional(),
  runId: RunId.optional(),
});
export type EventsQuery = z.infer<typeof EventsQuery>;

export const EventsPage = z.object({
  events: z.array(SessionEvent),
  lastSeq: z.int(),
  nextAfter: z.int().nullable(),
});

export const LogQuery = z.object({
  after: After,
  limit: PageLimit,
  tail: wholeNumber(1, MAX_LIMIT).optional().meta({ description: "The last so many instead of the first." }),
  type: z.string().min(1).max(256).optional().meta({ description: "The entry's own type." }),
  agentId: AgentId.optional(),
  runId: RunId.optional(),
});
export type LogQuery = z.infer<typeof LogQuery>;

export const SessionQuery = z.object({
  entries: wholeNumber(0, 10_000).default(1_000).meta({ description: "How many of each log, from its end." }),
});
export const StateQuery = z.object({
  atSeq: wholeNumber(1).optional().meta({ description: "The state as it was after this event." }),
});
export const DiffQuery = z.object({ from: wholeNumber(1), to: wholeNumber(1) });
export const ExportQuery = z.object({ format: z.enum(["json", "ndjson", "markdown"]).default("json") });
/** `after` absent: from now on. */
export const StreamQuery = z.object({ after: wholeNumber(0).optional() });

export const SearchQuery = z.object({
  q: z.string().min(1).max(1_024),
  sessionId: SessionId.optional(),
  type: z.enum(EVENT_TYPES).optional(),
  limit: Limit,
  cursor: Cursor.optional(),
});
export type SearchQuery = z.infer<typeof SearchQuery>;

export const SearchHit = z.object({
  sessionId: SessionId,
  seq: z.int(),
  type: z.string(),
  snippet: z.string(),
  timestamp: z.string(),
});
export type SearchHit = z.infer<typeof SearchHit>;
export const SearchPage = z.object({ hits: z.array(SearchHit), nextCursor: z.string().nullable() });

export const Stats = z.object({
  total: z.int(),
  active: z.int(),
  completed: z.int(),
  failed: z.int(),
  terminated: z.int(),
  interrupted: z.int(),
  activeSessions: z.array(SessionId),
  completedSessions: z.array(SessionId),
  events: z.int(),
  tokenUsage: TokenUsage,
  costUsd: z.number(),
  storageBytes: z.int(),
});
export type Stats = z.infer<typeof Stats>;

export const ProducerVerdict = z.object({
  id: z.string(),
  recorded: z.int(),
  stored: z.int(),
  duplicates: z.int(),
  dropped: z.int(),
  missing: z.int(),
});
export const VerifyResult = z.object({
  complete: z.boolean(),
  lastSeq: z.int(),
  missing: z.array(z.int()),
  producers: z.array(ProducerVerdict),
});
export type VerifyResult = z.infer<typeof VerifyResult>;
