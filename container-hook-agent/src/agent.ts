import { drainAtExit } from "./exit-drain.js";
import type { Delivery, HookAgent } from "./hook-agent.js";
import { resolveSettings, type HookAgentOptions, type Settings } from "./options.js";
import { Outbox } from "./outbox.js";
import { createRecordCalls, fieldsOf, Recording } from "./recording.js";
import { Uploader } from "./uploader.js";

const DEFAULT_TIMEOUT_MS = 5_000;
const FINALIZE_TIMEOUT_MS = 10_000;
const MAX_TIMER_MS = 2 ** 31 - 1;
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
  const outbox = new Outbox(settings.outbox);
  const uploader = createUploader(settings, outbox);
  const recording = new Recording(settings, outbox, () => uploader?.wake());
  return {
    sessionId: settings.sessionId,
    ...createRecordCalls(recording, settings.newId),
    testConnection: (timeoutMs) => testConnection(settings, timerMs(timeoutMs, DEFAULT_TIMEOUT_MS)),
    ...createDelivery(settings, recording, outbox, uploader),
  };
}

function createUploader(settings: Settings, outbox: Outbox): Uploader | undefined {
  const { transport, newId } = settings;
  if (transport !== undefined) {
    return new Uploader({ ...settings, transport, outbox, producerId: newId(), batch: BATCH });
  }
  outbox.close();
  return undefined;
}

function createDelivery(
  settings: Settings,
  recording: Recording,
  outbox: Outbox,
  uploader: Uploader | undefined,
): Pick<HookAgent, "finalizeSession" | "flush" | "close"> {
  const flush = async (timeoutMs?: number): Promise<Delivery> => {
    uploader?.hurry();
    await uploader?.settled(timerMs(timeoutMs, DEFAULT_TIMEOUT_MS));
    return deliveryOf(outbox);
  };
  const drainOnce = async (timeoutMs: number): Promise<void> => {
    const { pending } = await flush(timeoutMs);
    if (pending > 0) settings.warnOnce("exit", `the process ended with ${pending} event(s) not acknowledged`);
  };
  const leaveExit = drainAtExit(
    { isEmpty: () => outbox.size === 0, flush: drainOnce },
    settings.exitTimeoutMs,
  );
  const shutDown = async (timeoutMs?: number): Promise<Delivery> => {
    outbox.close();
    await flush(timeoutMs);
    leaveExit();
    await uploader?.stop();
    return deliveryOf(outbox);
  };
  let closing: Promise<Delivery> | undefined;
  return {
    flush,
    close: (timeoutMs) => (closing ??= shutDown(timeoutMs)),
    finalizeSession: async (request, timeoutMs) => {
      const end = recording.end(fieldsOf(request));
      const delivery = await flush(timerMs(timeoutMs, FINALIZE_TIMEOUT_MS));
      return { finalized: end.stored === true, ...delivery };
    },
  };
}

function deliveryOf(outbox: Outbox): Delivery {
  const { sent, pending, dropped, rejected } = outbox.counts;
  return { sent, pending, dropped, rejected };
}

async function testConnection({ transport }: Settings, timeoutMs: number): Promise<boolean> {
  if (transport === undefined) return false;
  let timer: NodeJS.Timeout | undefined;
  // The timer is what keeps the process alive meanwhile.
  const timeout = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  const answer = transport
    .request({ method: "GET", path: "/health/ready" })
    .then((reply) => "status" in reply && reply.status === 200)
    .catch(() => false);
  return Promise.race([answer, timeout]).finally(() => clearTimeout(timer));
}

function timerMs(given: number | undefined, otherwiseMs: number): number {
  const ms = given ?? otherwiseMs;
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(0, ms), MAX_TIMER_MS);
}
