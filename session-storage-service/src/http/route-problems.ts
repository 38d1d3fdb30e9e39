import type { ErrorCode } from "session-protocol";
import { ALIVE_PATH } from "./recovering.js";
import { isWrite, type Route } from "./route.js";

const WRITE_PROBLEMS = ["rate_limited", "storage_unavailable", "storage_full"] as const;

/** Everything a route may refuse, from what it takes and does. */
export function problemsOf(route: Route): ErrorCode[] {
  const { method, path, params, query, body, problems = [] } = route;
  const writes = isWrite(method);
  const readsInput = params !== undefined || query !== undefined || body !== undefined || writes;
  const codes: ErrorCode[] = [
    ...(readsInput ? (["invalid_request"] as const) : []),
    "forbidden",
    ...(path.includes("{sessionId}") ? (["session_not_found"] as const) : []),
    "method_not_allowed",
    ...problems,
    ...(body === undefined ? [] : (["payload_too_large", "unsupported_media_type"] as const)),
    ...(writes ? WRITE_PROBLEMS : []),
    "internal",
    ...(path === ALIVE_PATH ? [] : (["storage_unavailable"] as const)),
  ];
  return [...new Set(codes)];
}
