import { createRedactor } from "session-protocol/redaction";
import { given } from "../environment.js";
import { resolveSettings } from "../options.js";
import { messageOf } from "../step.js";
import { Places } from "../transcripts/places.js";
import { TranscriptClient } from "../transcripts/transcript-client.js";
import { restore } from "./restore.js";
import { resumedBy } from "./resumed.js";
import { TranscriptKeeper, type KeepingEnd } from "./transcript-keeper.js";

export const TRANSCRIPT_MODES = ["keep", "redact", "off"] as const;
/** Whether conversations are kept to be resumed elsewhere, and whether credentials are taken out of them before. */
export type TranscriptMode = (typeof TRANSCRIPT_MODES)[number];

export interface KeepingOptions {
  readonly mode: TranscriptMode;
  readonly env: NodeJS.ProcessEnv;
  readonly warn: (message: string) => void;
}

/** A conversation's transcripts with the service: fetched before it goes on, and kept while it does. */
export interface Keeping {
  readonly keeper: TranscriptKeeper;
  /** Has what a command line resumes in the container, waiting at most `timeoutMs` for the service. Never rejects. */
  fetch(args: readonly string[], timeoutMs: number): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 30_000;
const random = Math.random;

/** Undefined: that is not wanted, or there is no service. */
export function createKeeping({ mode, env, warn }: KeepingOptions): Keeping | undefined {
  const serviceUrl = given(env.SESSION_SERVICE_URL);
  if (mode === "off" || serviceUrl === undefined) return undefined;
  const client = clientAt(serviceUrl, warn);
  if (client === undefined) return undefined;
  const places = new Places(client, { acrossProjects: true });
  const { spool, transport } = resolveSettings({ sessionId: "none", warn: () => undefined }, env);
  void transport?.close();
  const redactor = mode === "redact" ? createRedactor() : undefined;
  const keeper = new TranscriptKeeper({ client, places, spool, redactor, random, warn });
  return {
    keeper,
    fetch: async (args, timeoutMs) => {
      const resumed = resumedBy(args);
      if (resumed === undefined) return;
      try {
        await restore(resumed, { client, places, cwd: process.cwd(), env, timeoutMs, random });
      } catch (error) {
        warn(`the conversation to be resumed could not be fetched: ${messageOf(error)}`);
      }
    },
  };
}

function clientAt(serviceUrl: string, warn: (message: string) => void): TranscriptClient | undefined {
  try {
    return new TranscriptClient({ serviceUrl, requestTimeoutMs: REQUEST_TIMEOUT_MS, now: Date.now });
  } catch {
    // The agent has told of the address.
    warn("transcripts are not kept: the service's address is none");
    return undefined;
  }
}

/** Undefined: nothing is left to be told. */
export function warningOf({ left, isOnDisk }: KeepingEnd): string | undefined {
  if (left === 0) return undefined;
  return isOnDisk
    ? `${left} transcript(s) are on disk and not yet with the service: \`hook-agent send\` sends them`
    : `${left} transcript(s) are not with the service, and not in the spool either`;
}
