import { createHttpTransport } from "../transport.js";
import type { CommandConfig } from "./command-agent.js";

/** A service that does not answer by then does not hold the command up. */
const WAIT_MS = 500;

/** A named session that has ended takes no more events until it is resumed. What the service says to it shows later. */
export async function reopen(serviceUrl: string, sessionId: string): Promise<void> {
  const path = `/api/sessions/${encodeURIComponent(sessionId)}/resume`;
  try {
    const transport = createHttpTransport({ serviceUrl, requestTimeoutMs: WAIT_MS, now: Date.now });
    await transport.request({ method: "POST", path, body: "" });
    await transport.close();
  } catch {
    // An address that is none is told of by the agent that records.
  }
}

/** What the session is made from. */
export const initialOf = (
  command: string,
  args: readonly string[],
  config: CommandConfig,
): Record<string, unknown> => ({ command, args, cwd: process.cwd(), config });
