import { readdirSync } from "node:fs";
import { createHookAgent } from "../agent.js";
import { resolveSettings } from "../options.js";

/** Sends what former processes left on disk, session by session. Answers the exit code: 1 where something is left. */
export async function send(waitMs: number, env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const { spool, transport } = resolveSettings({ sessionId: "none", warn: () => undefined }, env);
  await transport?.close();
  if (transport === undefined) throw new Error("SESSION_SERVICE_URL is not set");
  const sessions = spool === undefined ? [] : sessionsIn(spool.folder);
  let left = 0;
  for (const sessionId of sessions) left += await sendSession(sessionId, waitMs, env);
  if (sessions.length === 0) process.stdout.write("nothing is left to send\n");
  return left === 0 ? 0 : 1;
}

/** Answers how many events are left. */
async function sendSession(sessionId: string, waitMs: number, env: NodeJS.ProcessEnv): Promise<number> {
  const warn = (message: string): void => void process.stderr.write(`hook-agent: ${sessionId}: ${message}\n`);
  const agent = createHookAgent({ sessionId, warn }, env);
  const { sent, spooled } = await agent.flush(waitMs);
  await agent.close(0);
  if (sent + spooled > 0) process.stdout.write(`${sessionId}: ${sent} event(s) sent, ${spooled} left\n`);
  return spooled;
}

/** The folder of a session is named after it. */
function sessionsIn(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => decodeURIComponent(name));
  } catch {
    return [];
  }
}
