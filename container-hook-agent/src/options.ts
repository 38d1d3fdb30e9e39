import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import type { CreateWithBatch } from "session-protocol";
import type { RedactionField, RedactionRule } from "session-protocol/redaction";
import { encode } from "./encode.js";
import { given, readEnvironment, type Environment } from "./environment.js";
import { createEventIds } from "./event-id.js";
import { createHttpTransport, type Transport } from "./transport.js";
import { createWarnOnce, warnByProcess, type WarnOnce } from "./warnings.js";

export interface HookAgentOptions {
  /** Where the service listens, such as `http://127.0.0.1:9000`. From `SESSION_SERVICE_URL` if absent; without either nothing is recorded. */
  readonly serviceUrl?: string | undefined;
  /** From `SESSION_ID` if absent; without either a new one is made up. */
  readonly sessionId?: string | undefined;
  /** From `SESSION_USER_ID` if absent; without either `unknown`. */
  readonly userId?: string | undefined;
  /** What the session is made from if it does not exist yet. */
  readonly session?: Omit<CreateWithBatch, "userId"> | undefined;
  /** The most that is kept in memory unsent. Default 10,000 events, 16 MiB. */
  readonly outbox?: { readonly maxEvents?: number; readonly maxBytes?: number } | undefined;
  /** Where what cannot be sent is kept on disk; false keeps nothing there. `folder` from `SESSION_SPOOL_DIR` if absent. Default 256 MiB. */
  readonly spool?: false | { readonly folder?: string; readonly maxBytes?: number } | undefined;
  /** Credentials to look for besides the common ones; false leaves everything as it is. */
  readonly redaction?:
    | false
    | { readonly rules?: readonly RedactionRule[]; readonly fields?: readonly RedactionField[] }
    | undefined;
  /** A longer string is cut. Default 262,144. */
  readonly maxStringBytes?: number | undefined;
  /** How often the service is told that the process lives. Default 30,000; 0 never tells it. */
  readonly heartbeatMs?: number | undefined;
  /** For one request, from connecting to the end of the answer. Default 30,000. */
  readonly requestTimeoutMs?: number | undefined;
  /** The longest the natural end of the process waits for what is unsent. Default 50, without a spool 100; 0 never waits. */
  readonly exitTimeoutMs?: number | undefined;
  /** Told in words of each kind of trouble, once. Default: a process warning, which Node prints on stderr. */
  readonly warn?: ((message: string) => void) | undefined;
  /** Clock, randomness of the backoff, and the way to the service, for tests. */
  readonly now?: (() => number) | undefined;
  readonly random?: (() => number) | undefined;
  readonly transport?: Transport | undefined;
}

/** The options with everything decided. */
export interface Settings {
  /** Undefined: there is nowhere to send to, and nothing is recorded. */
  readonly transport: Transport | undefined;
  readonly sessionId: string;
  readonly create: CreateWithBatch;
  readonly outbox: { readonly maxEvents: number; readonly maxBytes: number };
  readonly spool: { readonly folder: string; readonly maxBytes: number } | undefined;
  readonly redaction: Exclude<HookAgentOptions["redaction"], undefined>;
  readonly maxStringBytes: number;
  readonly heartbeatMs: number;
  readonly exitTimeoutMs: number;
  readonly now: () => number;
  readonly random: () => number;
  readonly newId: () => string;
  readonly warnOnce: WarnOnce;
}

const DEFAULTS = {
  outbox: { maxEvents: 10_000, maxBytes: 16 * 1024 * 1024 },
  spoolBytes: 256 * 1024 * 1024,
  maxStringBytes: 256 * 1024,
  heartbeatMs: 30_000,
  requestTimeoutMs: 30_000,
  exitTimeoutMs: 50,
  exitTimeoutWithoutSpoolMs: 100,
};

export function resolveSettings(options: HookAgentOptions, env: NodeJS.ProcessEnv): Settings {
  const environment = readEnvironment(env);
  const now = options.now === undefined ? Date.now : sound(options.now);
  const newId = createEventIds(now);
  const warnOnce = createWarnOnce(options.warn ?? warnByProcess);
  const transport = options.transport ?? connect(options, environment.serviceUrl, now, warnOnce);
  const givenId = given(options.sessionId) ?? environment.sessionId;
  const sessionId = givenId ?? `session-${newId()}`;
  if (transport !== undefined && givenId === undefined) {
    warnOnce("session id", `SESSION_ID is not set: recording as ${sessionId}`);
  }
  const { sandboxId } = environment;
  const create = {
    userId: given(options.userId) ?? environment.userId ?? "unknown",
    ...(sandboxId !== undefined && { sandboxId }),
    ...options.session,
  };
  const spool = spoolOf(options, environment);
  return {
    transport,
    sessionId,
    create: JSON.parse(encode(create)) as CreateWithBatch,
    outbox: {
      maxEvents: options.outbox?.maxEvents ?? DEFAULTS.outbox.maxEvents,
      maxBytes: options.outbox?.maxBytes ?? DEFAULTS.outbox.maxBytes,
    },
    spool,
    redaction: options.redaction ?? {},
    maxStringBytes: options.maxStringBytes ?? DEFAULTS.maxStringBytes,
    heartbeatMs: options.heartbeatMs ?? DEFAULTS.heartbeatMs,
    exitTimeoutMs:
      options.exitTimeoutMs ?? (spool ? DEFAULTS.exitTimeoutMs : DEFAULTS.exitTimeoutWithoutSpoolMs),
    now,
    random: options.random ?? Math.random,
    newId,
    warnOnce,
  };
}

/** A little less than a Date can hold. */
const MAX_TIME_MS = 8e15;

/** A clock that throws, or tells no time, must not break the host's own work. */
function sound(now: () => number): () => number {
  return () => {
    try {
      const ms = now();
      return Math.abs(ms) <= MAX_TIME_MS ? ms : Date.now();
    } catch {
      return Date.now();
    }
  };
}

function spoolOf({ spool }: HookAgentOptions, { spoolFolder, stateFolder }: Environment): Settings["spool"] {
  if (spool === false) return undefined;
  const folder = given(spool?.folder) ?? spoolFolder;
  if (folder === "off") return undefined;
  const inState = join(stateFolder ?? homeState(), "container-hook-agent");
  return { folder: folder ?? inState, maxBytes: spool?.maxBytes ?? DEFAULTS.spoolBytes };
}

function homeState(): string {
  try {
    return join(homedir(), ".local", "state");
  } catch {
    // A container may run as a user nobody has entered anywhere.
    return join(tmpdir(), `state-${process.getuid?.() ?? 0}`);
  }
}

function connect(
  options: HookAgentOptions,
  environmentUrl: string | undefined,
  now: () => number,
  warnOnce: WarnOnce,
): Transport | undefined {
  const serviceUrl = given(options.serviceUrl) ?? environmentUrl;
  const requestTimeoutMs = options.requestTimeoutMs ?? DEFAULTS.requestTimeoutMs;
  if (serviceUrl === undefined) {
    warnOnce("not recorded", "SESSION_SERVICE_URL is not set: nothing is recorded");
    return undefined;
  }
  try {
    return createHttpTransport({ serviceUrl, requestTimeoutMs, now });
  } catch {
    warnOnce(
      "not recorded",
      `${serviceUrl} is no address such as http://127.0.0.1:9000: nothing is recorded`,
    );
    return undefined;
  }
}
