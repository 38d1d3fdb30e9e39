import { onTestFinished } from "vitest";
import { createHookAgent, type HookAgent, type HookAgentOptions } from "../../src/index.js";
import { freePort } from "./free-port.js";
import { startRecordingService, type RecordingService, type ServiceOptions } from "./recording-service.js";

export { freePort };

/** A service that is closed when the test ends. */
export async function service(options?: ServiceOptions): Promise<RecordingService> {
  const started = await startRecordingService(options);
  onTestFinished(() => started.close());
  return started;
}

/** For what is there in a moment, on a machine that may be slow. */
const PATIENCE_MS = 30_000;

/** An agent of session `s1` that keeps nothing on disk, backs off for no time and is closed when the test ends. */
export function agent(options: HookAgentOptions): HookAgent & { readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  const made = createHookAgent(
    {
      sessionId: "s1",
      userId: "u1",
      spool: false,
      random: () => 0,
      warn: (message) => warnings.push(message),
      ...options,
    },
    {},
  );
  onTestFinished(async () => {
    await made.close(0);
  });
  return {
    ...made,
    flush: (timeoutMs = PATIENCE_MS) => made.flush(timeoutMs),
    finalizeSession: (request = {}, timeoutMs = PATIENCE_MS) => made.finalizeSession(request, timeoutMs),
    testConnection: (timeoutMs = PATIENCE_MS) => made.testConnection(timeoutMs),
    close: (timeoutMs = PATIENCE_MS) => made.close(timeoutMs),
    warnings,
  };
}

export function problem(
  status: number,
  code: string,
  errors?: readonly { path: string; message: string }[],
): { status: number; body: object } {
  return { status, body: { type: "about:blank", title: code, status, code, detail: code, errors } };
}
