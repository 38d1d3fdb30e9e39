import { createServer, type AddressInfo } from "node:net";
import { onTestFinished } from "vitest";
import { createHookAgent, type HookAgent, type HookAgentOptions } from "../../src/index.js";
import { startRecordingService, type RecordingService, type ServiceOptions } from "./recording-service.js";

/** A service that is closed when the test ends. */
export async function service(options?: ServiceOptions): Promise<RecordingService> {
  const started = await startRecordingService(options);
  onTestFinished(() => started.close());
  return started;
}

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
  return { ...made, warnings };
}

/** A port of the loopback nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export function problem(
  status: number,
  code: string,
  errors?: readonly { path: string; message: string }[],
): { status: number; body: object } {
  return { status, body: { type: "about:blank", title: code, status, code, detail: code, errors } };
}
