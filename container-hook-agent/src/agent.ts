import { createRedactor, type Redactor } from "session-protocol/redaction";
import { Backlog } from "./backlog.js";
import { withContext } from "./context.js";
import { drainAtExit, heldUpMs, type Drain } from "./exit-drain.js";
import { spoolAtExit } from "./exit-spool.js";
import { startHeartbeat } from "./heartbeat.js";
import type { Delivery, HookAgent } from "./hook-agent.js";
import { resolveSettings, type HookAgentOptions, type Settings } from "./options.js";
import { Outbox } from "./outbox.js";
import { Pipeline } from "./pipeline.js";
import { createRecordCalls } from "./record-calls.js";
import { fieldsOf, Recording } from "./recording.js";
import { createRuns } from "./runs.js";
import { createSeal, type Seal } from "./sealing.js";
import { Spool } from "./spool.js";
import { Spooler } from "./spooler.js";
import { testConnection } from "./transport.js";
import { Uploader } from "./uploader.js";
import { slice, timerMs } from "./waiting.js";

const DEFAULT_TIMEOUT_MS = 5_000;
const FINALIZE_TIMEOUT_MS = 10_000;
/** The longest the end of the process is held up, of which so much is for putting what is queued on disk. */
const AT_EXIT_MS = 100;
const LEAST_SPOOL_AT_EXIT_MS = 50;
/** The most the service takes in a request, and a tenth of the bytes it takes. */
const BATCH = { maxEvents: 1_000, maxBytes: 1024 * 1024 };

/**
 * An agent that records into one session. What `options` leave out comes from the environment.
 * Never throws: without an address to send to it warns once and records nothing.
 */
export function createHookAgent(
  options: HookAgentOptions = {},
  env: NodeJS.ProcessEnv = process.env,
): HookAgent {
  const settings = resolveSettings(options, env);
  const parts = createParts(settings);
  const { recording } = parts;
  const runs = createRuns({ ...settings, record: (type, fields) => recording.record(type, { ...fields }) });
  return {
    sessionId: settings.sessionId,
    ...createRecordCalls(recording, settings.newId),
    ...runs,
    withContext,
    pipeline: (name) => new Pipeline(runs, name),
    testConnection: (timeoutMs) => testConnection(settings.transport, timerMs(timeoutMs, DEFAULT_TIMEOUT_MS)),
    ...createDelivery(settings, parts),
  };
}

interface Parts {
  readonly outbox: Outbox;
  readonly backlog: Backlog;
  readonly recording: Recording;
  readonly uploader: Uploader | undefined;
  readonly redacted: () => number;
  /** Lets go of timers and of the process's end. */
  readonly detach: () => void;
}

function createParts(settings: Settings): Parts {
  const { transport, newId, maxStringBytes } = settings;
  const producerId = newId();
  let redacted = 0;
  const seal = createSeal({
    redactor: redactorOf(settings),
    maxStringBytes,
    onRedacted: () => (redacted += 1),
  });
  const outbox = new Outbox(settings.outbox, seal);
  const keeps = transport !== undefined && settings.spool !== undefined;
  const spool = keeps ? new Spool({ ...settings, ...settings.spool, producerId }) : undefined;
  const backlog = new Backlog(outbox, spool, producerId);
  const create = fitToLeave(settings.create, seal);
  const uploader = transport && new Uploader({ ...settings, create, transport, backlog, batch: BATCH });
  if (uploader === undefined) outbox.close();
  const spooler = spool && new Spooler(backlog);
  const queued = (): void => {
    uploader?.wake();
    spooler?.wake();
  };
  const ends = [
    spooler && (() => spooler.stop()),
    spool && spoolAtExit(() => backlog.end(Math.max(LEAST_SPOOL_AT_EXIT_MS, AT_EXIT_MS - heldUpMs()))),
    uploader && settings.heartbeatMs > 0
      ? startHeartbeat(uploader, settings.heartbeatMs, () => backlog.totals.recorded > 0)
      : undefined,
  ];
  // What a former process left is sent although nothing may be recorded.
  if (spool !== undefined) uploader?.wake();
  return {
    outbox,
    backlog,
    recording: new Recording({ ...settings, backlog, queued, longestString: maxStringBytes }),
    uploader,
    redacted: () => redacted,
    detach: () => ends.forEach((end) => end?.()),
  };
}

/** What makes the session, without credentials and cut, as events are. Whose it is stays as it was given. */
function fitToLeave({ userId, ...create }: Settings["create"], seal: Seal): Settings["create"] {
  const line = JSON.stringify({ data: create });
  try {
    const sealed = seal({ line, bytes: Buffer.byteLength(line) + 1 }).line;
    return { userId, ...(JSON.parse(sealed) as { data: Omit<Settings["create"], "userId"> }).data };
  } catch {
    // What cannot be looked through for credentials must not leave the process.
    return { userId };
  }
}

function redactorOf({ redaction, warnOnce }: Settings): Redactor | undefined {
  if (redaction === false) return undefined;
  try {
    return createRedactor(redaction);
  } catch (error) {
    warnOnce("redaction", `the configured rules of redaction cannot be used: ${String(error)}`);
    return createRedactor();
  }
}

function createDelivery(
  settings: Settings,
  parts: Parts,
): Pick<HookAgent, "finalizeSession" | "flush" | "close"> {
  const { backlog, recording, uploader } = parts;
  const delivery = (): Delivery => {
    const { recorded: _, ...totals } = backlog.totals;
    return { ...totals, redacted: parts.redacted() };
  };
  const flush = async (timeoutMs?: number): Promise<Delivery> => {
    uploader?.hurry();
    await uploader?.settled(timerMs(timeoutMs, DEFAULT_TIMEOUT_MS));
    return delivery();
  };
  const leaveExit = drainAtExit(drainOf(settings, parts), settings.exitTimeoutMs);
  const shutDown = async (timeoutMs?: number): Promise<Delivery> => {
    parts.outbox.close();
    await flush(timeoutMs);
    leaveExit();
    await letGo(parts);
    const last = delivery();
    backlog.end(0);
    return last;
  };
  let closing: Promise<Delivery> | undefined;
  return {
    flush,
    close: (timeoutMs) => (closing ??= shutDown(timeoutMs)),
    finalizeSession: async (request, timeoutMs) => {
      const end = recording.end(fieldsOf(request));
      const totals = await flush(timerMs(timeoutMs, FINALIZE_TIMEOUT_MS));
      return { finalized: end.stored === true, ...totals };
    },
  };
}

/** Ends what goes on by itself; what is unsent is on disk then. */
async function letGo({ backlog, uploader, detach }: Parts): Promise<void> {
  detach();
  await uploader?.stop();
  backlog.release();
  await slice((enough) => backlog.spill(Infinity, enough) === 0);
}

/** What is on disk is not lost, so nothing waits for a service in trouble. */
function drainOf({ spool, warnOnce }: Settings, { backlog, uploader }: Parts): Drain {
  return {
    isEmpty: () => backlog.size === 0,
    flush: async (timeoutMs) => {
      let isOver = false;
      // Nothing else is to be done meanwhile, and what is sealed is soon on disk.
      void slice((enough) => isOver || backlog.seal(Infinity, enough));
      await uploader?.settleLast(timeoutMs, spool !== undefined);
      isOver = true;
      const { pending } = backlog.totals;
      if (spool !== undefined) return backlog.size === 0;
      if (pending > 0) warnOnce("exit", `the process ended with ${pending} event(s) not acknowledged`);
      return true;
    },
  };
}
