import { rmSync } from "node:fs";
import { join } from "node:path";
import { optionOf, type CommandAgent, type ObserveOptions, type Observer } from "../cli/command-agent.js";
import type { Receiver } from "../conversation/receiver.js";
import { messageOf } from "../step.js";
import { onlyChatSince } from "./chat-files.js";
import { takeHooks } from "./dropped-hooks.js";
import { ownSettingsOf } from "./hook-settings.js";
import { GEMINI, GeminiRun } from "./gemini-run.js";
import { prepareHooks, systemDefaultsOf, systemSettingsOf, type Hooks } from "./hooks.js";
import { hasOwnTelemetry, homeOf, telemetryTo, type Started } from "./own-telemetry.js";
import { receiveTelemetry } from "./telemetry.js";

export const gemini: CommandAgent = {
  program: GEMINI,
  fileName: /^gemini(\.js)?$/,
  configOf: (args) => {
    const model = optionOf(args, "--model", "-m");
    const isYolo = args.includes("--yolo") || args.includes("-y");
    const dangerouslySkipPermissions = isYolo || optionOf(args, "--approval-mode") === "yolo";
    return { ...(model !== undefined && { model }), dangerouslySkipPermissions };
  },
  observe,
};

async function observe({ agent, command, args, env, warn }: ObserveOptions): Promise<Observer> {
  const geminiFolder = join(homeOf(env), ".gemini");
  const startedAtMs = Date.now();
  const run = new GeminiRun({
    agent,
    now: Date.now,
    startedAtMs,
    geminiFolder,
    input: { command, args },
  });
  const started = { args, env };
  const hooks = hooksFor(started, warn);
  const look = (): void => {
    if (hooks !== undefined) for (const hook of takeHooks(hooks.hooksFolder)) run.hook(hook);
  };
  const receiver = await receiverFor(run, started, look, warn);
  return {
    run: run.run,
    args,
    env: { ...hooks?.env, ...(receiver && telemetryTo(new URL(receiver.url).origin)) },
    tick: () => {
      look();
      return run.tick();
    },
    drain: async () => {
      await receiver?.close();
      look();
      if (hooks !== undefined) rmSync(hooks.folder, { recursive: true, force: true });
      // Where neither hooks nor telemetry have told.
      if (!run.isHeardOf) run.follow(onlyChatSince(geminiFolder, process.cwd(), startedAtMs));
      if (!run.isHeardOf) warn("nothing of Gemini CLI's can be told to be its own: only its end is recorded");
      run.drain();
    },
  };
}

function hooksFor(started: Started, warn: (message: string) => void): Hooks | undefined {
  try {
    return prepareHooks(started);
  } catch (error) {
    warn(`hooks cannot be given to Gemini CLI: ${messageOf(error)}`);
    return undefined;
  }
}

/** Undefined: there is no telemetry to be had. */
async function receiverFor(
  run: GeminiRun,
  started: Started,
  look: () => void,
  warn: (message: string) => void,
): Promise<Receiver | undefined> {
  const files = [systemDefaultsOf(started), systemSettingsOf(started), ...ownSettingsOf(started)];
  if (hasOwnTelemetry(started, files)) return undefined;
  return receiveTelemetry(run, look).catch((error: unknown) => {
    warn(`telemetry cannot be received: ${messageOf(error)}`);
    return undefined;
  });
}
