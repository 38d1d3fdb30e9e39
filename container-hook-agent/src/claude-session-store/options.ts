import { createRedactor, type RedactionRules, type Redactor } from "session-protocol/redaction";
import { given, readEnvironment } from "../environment.js";
import type { FoldSessionSummary } from "./types.js";

export interface ClaudeSessionStoreOptions {
  /** Where the service listens. From `SESSION_SERVICE_URL` if absent. */
  readonly serviceUrl?: string | undefined;
  /** One key for all projects, such as a tenant's or an image's name, in place of those made of working directories. */
  readonly projectKey?: string | undefined;
  /** Whether a session whose project key was made of another working directory is found. Default true. */
  readonly acrossProjects?: boolean | undefined;
  /** The SDK's function of that name; by default that of the SDK that is installed beside this package, if any. False: no summaries. */
  readonly foldSessionSummary?: FoldSessionSummary | false | undefined;
  /** Takes credentials out of what is stored, which then does not come back as it was. Default false. */
  readonly redaction?: boolean | Partial<RedactionRules> | undefined;
  /** How long an append waits to be stored. Then it is rejected, and its entries are kept and sent again. Default 10,000. */
  readonly appendTimeoutMs?: number | undefined;
  /** How long anything else is tried. Default 30,000. */
  readonly readTimeoutMs?: number | undefined;
  /** For one request, from connecting to the end of the answer. Default 30,000. */
  readonly requestTimeoutMs?: number | undefined;
  /** The most that waits in memory to be stored, in characters. Default 33,554,432. */
  readonly maxQueuedChars?: number | undefined;
  /** The longest the natural end of the process waits for what is not stored. Default 2,000; 0 never waits. */
  readonly exitTimeoutMs?: number | undefined;
  /** Clock and randomness of the backoff, for tests. */
  readonly now?: (() => number) | undefined;
  readonly random?: (() => number) | undefined;
}

export interface StoreSettings {
  readonly serviceUrl: string;
  readonly projectKey: string | undefined;
  readonly acrossProjects: boolean;
  readonly fold: FoldSessionSummary | false | undefined;
  readonly redactor: Redactor | undefined;
  readonly appendTimeoutMs: number;
  readonly readTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly maxQueuedChars: number;
  readonly exitTimeoutMs: number;
  readonly now: () => number;
  readonly random: () => number;
}

const DEFAULTS = {
  appendTimeoutMs: 10_000,
  readTimeoutMs: 30_000,
  requestTimeoutMs: 30_000,
  maxQueuedChars: 32 * 1024 * 1024,
  exitTimeoutMs: 2_000,
};

/** @throws TypeError where there is no address; Error where a rule of redaction is none */
export function resolveStore(options: ClaudeSessionStoreOptions, env: NodeJS.ProcessEnv): StoreSettings {
  const serviceUrl = given(options.serviceUrl) ?? readEnvironment(env).serviceUrl;
  if (serviceUrl === undefined) throw new TypeError("neither serviceUrl nor SESSION_SERVICE_URL is given");
  const { redaction = false } = options;
  return {
    serviceUrl,
    projectKey: given(options.projectKey),
    acrossProjects: options.acrossProjects ?? true,
    fold: options.foldSessionSummary,
    redactor: redaction === false ? undefined : createRedactor(redaction === true ? {} : redaction),
    appendTimeoutMs: options.appendTimeoutMs ?? DEFAULTS.appendTimeoutMs,
    readTimeoutMs: options.readTimeoutMs ?? DEFAULTS.readTimeoutMs,
    requestTimeoutMs: options.requestTimeoutMs ?? DEFAULTS.requestTimeoutMs,
    maxQueuedChars: options.maxQueuedChars ?? DEFAULTS.maxQueuedChars,
    exitTimeoutMs: options.exitTimeoutMs ?? DEFAULTS.exitTimeoutMs,
    now: options.now ?? Date.now,
    random: options.random ?? Math.random,
  };
}
