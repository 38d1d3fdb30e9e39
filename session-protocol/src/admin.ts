import { z } from "zod";

/** A name that is not known is refused: a mistyped `dryRun` would throw away what was only to be looked at. */
export const CleanupRequest = z.strictObject({
  days: z.int().min(1).max(3_650).optional().meta({
    description: "What ended more than so many days ago goes, in place of what has outlived its `ttlDays`.",
  }),
  dryRun: z.boolean().optional().meta({ description: "Changes nothing; the figures are the same." }),
});
export type CleanupRequest = z.infer<typeof CleanupRequest>;

export const CleanupResult = z.object({
  sessionsDeleted: z.int(),
  runsDeleted: z.int().meta({ description: "With those of deleted sessions." }),
  nodesDeleted: z.int(),
  bytesFreed: z.int().meta({ description: "Under `sessions/`. What archives take is not taken off." }),
  duplicate: z.literal(true).optional(),
});
export type CleanupResult = z.infer<typeof CleanupResult>;
