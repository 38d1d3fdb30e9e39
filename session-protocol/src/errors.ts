import { z } from "zod";

/** The closed set of codes a problem document carries; clients switch on these, never on the text. */
export const ERROR_CODES = [
  "invalid_request",
  "unauthenticated",
  "forbidden",
  "session_not_found",
  "run_not_found",
  "goal_not_found",
  "agent_not_found",
  "transcript_not_found",
  "route_not_found",
  "method_not_allowed",
  "session_exists",
  "session_closed",
  "run_closed",
  "illegal_transition",
  "version_mismatch",
  "payload_too_large",
  "unsupported_media_type",
  "rate_limited",
  "internal",
  "storage_unavailable",
  "storage_full",
] as const;

export const ErrorCode = z.enum(ERROR_CODES);
export type ErrorCode = z.infer<typeof ErrorCode>;

/** One offending place in a request; `path` is dotted from the body's root (`events.3.data.type`), empty for the body itself. */
export const ProblemIssue = z.object({ path: z.string(), message: z.string() });
export type ProblemIssue = z.infer<typeof ProblemIssue>;

/** RFC 9457 problem document. */
export const Problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: ErrorCode,
  detail: z.string(),
  errors: z.array(ProblemIssue).optional(),
});
export type Problem = z.infer<typeof Problem>;
