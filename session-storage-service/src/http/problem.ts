import { z } from "zod";
import type { ErrorCode, Problem, ProblemIssue } from "session-protocol";
import { RecorderError } from "../domain/errors.js";
import { Refusal } from "./refusals.js";

interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** Seconds after which trying again makes sense, where it does. */
  readonly retryAfterSeconds?: number;
}

export const PROBLEMS = {
  invalid_request: { status: 400, title: "The request is not valid" },
  unauthenticated: { status: 401, title: "Credentials are missing or wrong" },
  forbidden: { status: 403, title: "This caller may not do that" },
  session_not_found: { status: 404, title: "No such session" },
  run_not_found: { status: 404, title: "No such run" },
  goal_not_found: { status: 404, title: "No such goal" },
  agent_not_found: { status: 404, title: "No such agent" },
  transcript_not_found: { status: 404, title: "No such transcript" },
  route_not_found: { status: 404, title: "No such route" },
  method_not_allowed: { status: 405, title: "The route has no such method" },
  session_exists: { status: 409, title: "The session id is taken" },
  session_closed: { status: 409, title: "The session is closed" },
  run_closed: { status: 409, title: "The run is closed" },
  illegal_transition: { status: 409, title: "The status cannot change that way" },
  version_mismatch: { status: 412, title: "The state has changed since" },
  payload_too_large: { status: 413, title: "Too large" },
  unsupported_media_type: { status: 415, title: "The content type is not supported" },
  rate_limited: { status: 429, title: "Too much at once", retryAfterSeconds: 1 },
  internal: { status: 500, title: "The service failed" },
  storage_unavailable: { status: 503, title: "The storage takes no writes", retryAfterSeconds: 5 },
  storage_full: { status: 507, title: "The storage is full", retryAfterSeconds: 10 },
} satisfies Record<ErrorCode, ProblemKind>;

export const PROBLEM_TYPE = "application/problem+json";
/** Where the readable page explains a code. */
const problemUrl = (code: ErrorCode): string => `/docs#${code}`;

/** More than this many offending places help nobody. */
export const MAX_ISSUES = 100;
const INTERNAL_DETAIL = "an unexpected error; the service's log says what it was";

export interface ProblemReply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The problem document as JSON text. */
  readonly body: string;
  /** Whether the service is at fault in a way nobody foresaw: to be logged with its stack. */
  readonly unexpected: boolean;
}

/** What to answer when `error` was thrown. Tells nothing of errors that are not meant for callers. */
export function problemOf(error: unknown): ProblemReply {
  if (error instanceof RecorderError) {
    const headers = error instanceof Refusal ? error.headers : {};
    return reply(error.code, error.message, error.issues, headers);
  }
  if (error instanceof z.ZodError) {
    const issues = zodIssues(error);
    return reply("invalid_request", summaryOf(issues), issues);
  }
  if (isUndecodablePath(error))
    return reply("invalid_request", "the path is not valid percent-encoded UTF-8", []);
  return reply("internal", INTERNAL_DETAIL, []);
}

/** The offending places zod found, dotted from the body's root, or from `prefix` where that is set. */
export function zodIssues(error: z.core.$ZodError, prefix = ""): ProblemIssue[] {
  return error.issues.flatMap((issue) => {
    const path = dotted(prefix, ...issue.path.map(String));
    if (issue.code !== "unrecognized_keys") return [{ path, message: issue.message }];
    return issue.keys.map((key) => ({ path: dotted(path, key), message: "is not a known field" }));
  });
}

/** Parts of a path joined by dots; empty parts stand for the body itself. */
export function dotted(...parts: readonly string[]): string {
  return parts.filter((part) => part !== "").join(".");
}

/** One sentence for `detail`: the first issue, and how many more there are. */
export function summaryOf(issues: readonly ProblemIssue[]): string {
  const [first, ...others] = issues;
  if (first === undefined) return "the request is not valid";
  const text = first.path === "" ? first.message : `${first.path}: ${first.message}`;
  return others.length === 0 ? text : `${text} (and ${String(others.length)} more)`;
}

function reply(
  code: ErrorCode,
  detail: string,
  issues: readonly ProblemIssue[],
  headers: Readonly<Record<string, string>> = {},
): ProblemReply {
  const kind: ProblemKind = PROBLEMS[code];
  const { status, title, retryAfterSeconds } = kind;
  const errors = issues.length > 0 ? { errors: issues.slice(0, MAX_ISSUES) } : {};
  const problem: Problem = { type: problemUrl(code), title, status, code, detail, ...errors };
  const retry = retryAfterSeconds === undefined ? {} : { "Retry-After": String(retryAfterSeconds) };
  return {
    status,
    headers: { "Content-Type": PROBLEM_TYPE, ...retry, ...headers },
    body: JSON.stringify(problem),
    unexpected: code === "internal",
  };
}

/** Express throws this for a path such as `/%ff`. */
function isUndecodablePath(error: unknown): boolean {
  return error instanceof URIError;
}
