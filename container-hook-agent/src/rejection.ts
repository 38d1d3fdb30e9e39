import type { ErrorCode, Problem } from "session-protocol";
import type { Answer } from "./retry-delay.js";

/** What a final refusal is about: the session's creation, everything in the batch, some events that are named, or some that are not. */
export type Refusal =
  | { readonly about: "creation" }
  | { readonly about: "batch" }
  | { readonly about: "events"; readonly positions: ReadonlySet<number> }
  | { readonly about: "unnamed-events" };

/** Refusals that sending less would not change. */
const BATCH_CODES: ReadonlySet<string> = new Set<ErrorCode>([
  "unauthenticated",
  "forbidden",
  "route_not_found",
  "method_not_allowed",
  "unsupported_media_type",
  "session_closed",
]);

/** The session exists though it was to be created, or does not though it was taken for created. */
const CREATION_CODES: ReadonlySet<string> = new Set<ErrorCode>(["session_exists", "session_not_found"]);

/** Statuses of the contract that can be about one event; any other without a known code is about the request. */
const EVENT_STATUSES: ReadonlySet<number> = new Set([400, 409, 413, 422]);

export function classifyRefusal(answer: Answer, batchSize: number): Refusal {
  const { code, errors } = problemOf(answer);
  if (code !== undefined && CREATION_CODES.has(code)) return { about: "creation" };
  if (code !== undefined && BATCH_CODES.has(code)) return { about: "batch" };
  if (errors !== undefined && errors.length > 0) {
    const positions = eventPositions(errors, batchSize);
    if (positions.size > 0) return { about: "events", positions };
    if (errors.some(({ path }) => /^(batch|create|producer)\b/.test(path))) return { about: "batch" };
  }
  const aboutEvents = EVENT_STATUSES.has(answer.status) || (code?.endsWith("_not_found") ?? false);
  return { about: aboutEvents ? "unnamed-events" : "batch" };
}

/** For people: the status, and what the problem document adds to it. */
export function describeRefusal(answer: Answer): string {
  const { code, detail, errors } = problemOf(answer);
  const first = errors?.[0];
  const where = first === undefined ? undefined : `${first.path}: ${first.message}`;
  return [String(answer.status), code, detail, where].filter((part) => part !== undefined).join(", ");
}

function eventPositions(errors: Problem["errors"] & object, batchSize: number): ReadonlySet<number> {
  const named = errors.map(({ path }) => /^events\.(\d+)(\.|$)/.exec(path)?.[1]);
  return new Set(named.map(Number).filter((position) => position < batchSize));
}

/** What can be used of a body that claims to be a problem document; a proxy's page gives nothing. */
function problemOf({ body }: Answer): Partial<Pick<Problem, "detail" | "errors">> & { code?: string } {
  if (typeof body !== "object" || body === null) return {};
  const { code, detail, errors } = body as Record<string, unknown>;
  return {
    ...(typeof code === "string" && { code }),
    ...(typeof detail === "string" && { detail }),
    ...(Array.isArray(errors) && { errors: errors.filter(isIssue) }),
  };
}

function isIssue(value: unknown): value is { path: string; message: string } {
  return typeof value === "object" && value !== null && "path" in value && typeof value.path === "string";
}
