import { z } from "zod";
import { EventType } from "./events.js";
import { RunId, Timestamp } from "./ids.js";
import { wholeNumber } from "./query.js";

export const TimelineQuery = z.object({
  sample: wholeNumber(1, 1_000_000).default(10).meta({
    description: "Of what may be left out one in so many is shown, the first and so on; 1 shows all.",
  }),
});

/**
 * `type` is `invocation.started` or `invocation.completed` for the start and end of a run, an action's or
 * response's own type, else that of the event. `event` is always that of the event.
 */
export const TimelineEntry = z.looseObject({
  ts: Timestamp,
  type: z.string(),
  event: EventType,
  seq: z.int(),
  sentAt: Timestamp.optional().meta({
    description: "When it happened as its sender says, where that is not `ts`, when it was stored.",
  }),
  runId: RunId.optional(),
  /** Only where something went wrong. */
  failed: z.literal(true).optional(),
  /** Only where the time of its run is over: its content has gone. */
  expired: z.literal(true).optional(),
});
export type TimelineEntry = z.infer<typeof TimelineEntry>;

export const Timeline = z.object({ timeline: z.array(TimelineEntry) });
export type Timeline = z.infer<typeof Timeline>;
