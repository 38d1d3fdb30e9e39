import type { IncomingHttpHeaders } from "node:http";
import type { Config } from "../config.js";
import { Forbidden } from "./refusals.js";

/** Who may talk to the service through a browser, and under which names it may be addressed. */
export interface Gate {
  /** Whether pages of this origin may use the service. A caller without an origin is no web page. */
  readonly originAllowed: (origin: string | undefined) => boolean;
  /** Whether the service answers to this `Host` header; any other may be a web page's rebound name. */
  readonly hostAllowed: (host: string | undefined) => boolean;
}

const LOOPBACK_NAMES = ["localhost", "127.0.0.1", "[::1]"];
const HOST_AND_PORT = /^(\[[0-9a-f:.]+\]|[^:[\]]+)(?::\d{1,5})?$/i;
const READING = new Set(["GET", "HEAD", "OPTIONS"]);

export function createGate(config: Pick<Config, "CORS_ORIGINS" | "ALLOWED_HOSTS">): Gate {
  const origins = new Set(config.CORS_ORIGINS.map((origin) => origin.replace(/\/$/, "").toLowerCase()));
  const names = new Set([...LOOPBACK_NAMES, ...config.ALLOWED_HOSTS.map((host) => hostName(host) ?? host)]);
  return {
    originAllowed: (origin) => origin === undefined || origins.has(origin.toLowerCase()),
    hostAllowed: rememberingLast((host) => {
      const name = host === undefined ? undefined : hostName(host);
      return name !== undefined && names.has(name);
    }),
  };
}

/** Nearly every request names the host that the one before it did. */
function rememberingLast(isAllowed: Gate["hostAllowed"]): Gate["hostAllowed"] {
  let last: { readonly host: string | undefined; readonly allowed: boolean } | undefined;
  return (host) => {
    if (last?.host !== host || last === undefined) last = { host, allowed: isAllowed(host) };
    return last.allowed;
  };
}

/** The name without its port; IPv6 addresses keep their brackets. */
function hostName(host: string): string | undefined {
  return HOST_AND_PORT.exec(host)?.[1]?.replace(/\.$/, "").toLowerCase();
}

/** @throws Forbidden for a name that is not ours, and for a write sent by a page of another origin */
export function refuseForeign(gate: Gate, method: string, { host, origin }: IncomingHttpHeaders): void {
  if (!gate.hostAllowed(host)) {
    throw new Forbidden(`the service does not answer to the host ${host ?? "(none)"}; see ALLOWED_HOSTS`);
  }
  if (!READING.has(method) && !gate.originAllowed(origin)) {
    throw new Forbidden(`pages of ${String(origin)} may not write; see CORS_ORIGINS`);
  }
}

/** On every answer: nothing here is to be framed, sniffed, embedded by other sites, or kept by a cache. */
export const SAFE_HEADERS = {
  "Cache-Control": "no-store",
  "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Referrer-Policy": "no-referrer",
  "X-Content-Type-Options": "nosniff",
} as const;

const EXPOSED_HEADERS = "ETag, Link, Location, Retry-After, X-Request-Id";
const SENT_HEADERS = "Accept, Content-Type, Idempotency-Key, If-Match, Last-Event-ID";
const PREFLIGHT_SECONDS = 600;

/** What lets the browser show the answer to the page: nothing for an origin that is not configured. */
export function corsHeaders(gate: Gate, origin: string | undefined): Record<string, string> {
  if (origin === undefined) return {};
  if (!gate.originAllowed(origin)) return { Vary: "Origin" };
  return {
    Vary: "Origin",
    "Access-Control-Allow-Origin": origin,
    "Access-Control-Expose-Headers": EXPOSED_HEADERS,
  };
}

/** What a preflight asks for, beside `corsHeaders`. */
export function preflightHeaders(methods: readonly string[]): Record<string, string> {
  return {
    "Access-Control-Allow-Methods": methods.join(", "),
    "Access-Control-Allow-Headers": SENT_HEADERS,
    "Access-Control-Max-Age": String(PREFLIGHT_SECONDS),
  };
}
