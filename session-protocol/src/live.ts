import { z } from "zod";
import { SessionId, UserId } from "./ids.js";
import { wholeNumber } from "./query.js";

export const LiveQuery = z.object({
  session: SessionId.optional(),
  user: UserId.optional(),
  after: wholeNumber(0).optional(),
});

const After = z.int().min(0);

/** What a WebSocket client may send. `after` is a `seq` where `sessionId` is given, else an `offset`. */
export const ClientFrame = z.discriminatedUnion("type", [
  z.object({ type: z.literal("subscribe"), sessionId: SessionId.optional(), after: After.optional() }),
  z.object({ type: z.literal("unsubscribe"), sessionId: SessionId.optional() }),
  z.object({ type: z.literal("ping") }),
]);
export type ClientFrame = z.infer<typeof ClientFrame>;

/** First frame of a connection. `lastSeq` is that of the session, `head` the last offset stored. */
export const ConnectedFrame = z.object({
  type: z.literal("connected"),
  sessionId: SessionId.nullable(),
  userId: z.string().nullable(),
  timestamp: z.string(),
  lastSeq: z.int().nullable(),
  head: z.int(),
});
export type ConnectedFrame = z.infer<typeof ConnectedFrame>;

export const Health = z.object({
  status: z.enum(["ok", "degraded"]),
  uptime: z.number(),
  version: z.string(),
  websocket: z.object({ totalConnections: z.int(), users: z.int(), sessions: z.int() }),
  storage: z.looseObject({}),
  journal: z.object({ offset: z.int(), segments: z.int(), healthy: z.boolean() }),
});
export type Health = z.infer<typeof Health>;

/** What `GET /` answers: where everything else is. */
export const ServiceInfo = z.object({
  service: z.literal("session-storage-service"),
  version: z.string(),
  documentation: z.string(),
  openapi: z.string(),
  websocket: z.string(),
  endpoints: z.array(z.string()),
});
export type ServiceInfo = z.infer<typeof ServiceInfo>;
export const Liveness = z.object({ status: z.literal("ok") });
