import { readdirSync } from "node:fs";
import { createHookAgent } from "../agent.js";
import { createKeeping } from "../claude-code/keeping.js";
import { resolveSettings } from "../options.js";

/** Sends what former processes left on disk, session by session. Answers the exit code: 1 where something is left. */
export async function send(waitMs: number, env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const { spool, transport } = resolveSettings({ sessionId: "none", warn: () => undefined }, env);
  await transport?.close();
  if (transport === undefined) throw new Error("SESSION_SERVICE_URL is not set");
  const sessions = spool === undefined ? [] : sessionsIn(spool.folder);
  const transcripts = await sendTranscripts(waitMs, env);
  let { left } = transcripts;
  for (const sessionId of sessions) left += await sendSession(sessionId, waitMs, env);
  if (sessions.length + transcripts.found === 0) process.stdout.write("nothing is left to send\n");
  return left === 0 ? 0 : 1;
}

/** Conversations of Claude Code, kept for resuming them. */
async function sendTranscripts(
  waitMs: number,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly found: number; readonly left: number }> {
  const warn = (message: string): void => void process.stderr.write(`hook-agent: ${message}\n`);
  const keeper = createKeeping({ mode: "keep", env, warn })?.keeper;
  const found = keeper?.adopt() ?? 0;
  const left = (await keeper?.end(waitMs))?.left ?? 0;
  if (found > 0) process.stdout.write(`${found - left} transcript(s) sent, ${left} left\n`);
  return { found, left };
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
    const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith("."));
    return folders.map(({ name }) => decodeURIComponent(name));
  } catch {
    return [];
  }
}
