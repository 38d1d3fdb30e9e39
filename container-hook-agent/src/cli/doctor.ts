import { execFile } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listOf, objectOf, objectsOf, type Fields } from "../conversation/fields.js";
import { HOOK_PATH, startReceiver } from "../conversation/receiver.js";
import { resolveSettings } from "../options.js";
import { messageOf } from "../step.js";
import { testConnection } from "../transport.js";
import { geminiFindings } from "../gemini/findings.js";
import { bad, good, type Finding } from "./finding.js";
import { hookTarget } from "./hook-target.js";
import { readSettings } from "./install.js";

const TIMEOUT_MS = 5_000;

/** Says what works and what does not. Answers the exit code: 1 where something does not. */
export async function doctor(settings: string, env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const claudeCode = [await hooksArrive(), ...(await hooksInstalled(settings))];
  const findings = [await service(env), spool(env), ...claudeCode, ...geminiFindings(env)];
  for (const { isGood, text } of findings) process.stdout.write(`${isGood ? "ok " : "NOT"} ${text}\n`);
  return findings.every(({ isGood }) => isGood) ? 0 : 1;
}

async function service(env: NodeJS.ProcessEnv): Promise<Finding> {
  const url = env.SESSION_SERVICE_URL ?? "";
  if (url === "") return bad("SESSION_SERVICE_URL is not set: nothing is recorded");
  const { transport } = resolveSettings({ sessionId: "none", warn: () => undefined }, env);
  const isThere = await testConnection(transport, TIMEOUT_MS);
  await transport?.close();
  return isThere
    ? good(`the service at ${url} takes writes`)
    : bad(`the service at ${url} cannot be reached, or takes no writes: events stay on disk until it does`);
}

function spool(env: NodeJS.ProcessEnv): Finding {
  const { spool } = resolveSettings({ sessionId: "none", warn: () => undefined }, env);
  if (spool === undefined) return bad("SESSION_SPOOL_DIR is off: what cannot be sent before the end is lost");
  const probe = join(spool.folder, `.doctor-${process.pid}`);
  try {
    mkdirSync(spool.folder, { recursive: true, mode: 0o700 });
    writeFileSync(probe, "can be written");
    rmSync(probe);
    return good(`what cannot be sent is kept in ${spool.folder}`);
  } catch (error) {
    return bad(`${spool.folder} cannot be written: what cannot be sent is lost (${messageOf(error)})`);
  }
}

/** Sends a hook the way Claude Code does. */
async function hooksArrive(): Promise<Finding> {
  const bodies: string[] = [];
  const receiver = await startReceiver({ port: 0, onHook: (body) => void bodies.push(body) });
  const { command } = hookTarget(receiver.url);
  await new Promise<void>((resolve) => {
    execFile("/bin/sh", ["-c", command], { timeout: TIMEOUT_MS }, () => resolve()).stdin?.end("{}");
  });
  await receiver.close();
  return bodies.length === 1
    ? good("a hook reaches a recorder on this machine's loopback interface")
    : bad("a hook does not reach a recorder on this machine's loopback interface");
}

async function hooksInstalled(file: string): Promise<Finding[]> {
  let settings: Fields;
  try {
    settings = readSettings(file);
  } catch (error) {
    return [bad(`the settings of Claude Code cannot be read: ${messageOf(error)}`)];
  }
  const switchedOff =
    settings.disableAllHooks === true ? [bad(`${file} has disableAllHooks: no hook fires`)] : [];
  const url = installedUrl(settings);
  if (url === undefined)
    return [...switchedOff, good(`no hooks in ${file}: \`hook-agent run\` brings its own`)];
  const received = await receivedAt(url);
  const found =
    received === undefined
      ? bad(`the hooks in ${file} are for ${url}, where no recorder listens: start \`hook-agent daemon\``)
      : good(`the hooks in ${file} are for ${url}, where a recorder has received ${received}`);
  return [...switchedOff, found];
}

function installedUrl(settings: Fields): string | undefined {
  const groups = Object.values(objectOf(settings.hooks) ?? {}).flatMap((event) => listOf(event));
  const urls = objectsOf(groups).flatMap(({ hooks }) => objectsOf(hooks).map(({ url }) => url));
  return urls.filter((url) => typeof url === "string").find((url) => url.includes(HOOK_PATH));
}

/** How many hooks it has received; undefined: it is not there. */
async function receivedAt(url: string): Promise<number | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const { received } = (await response.json()) as { received?: unknown };
    return typeof received === "number" ? received : undefined;
  } catch {
    return undefined;
  }
}
