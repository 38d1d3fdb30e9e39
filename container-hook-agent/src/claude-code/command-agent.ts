import { rmSync } from "node:fs";
import { optionOf, type CommandAgent, type ObserveOptions, type Observer } from "../cli/command-agent.js";
import { hookTarget } from "../cli/hook-target.js";
import { textOf } from "../conversation/fields.js";
import { startReceiver, type Receiver } from "../conversation/receiver.js";
import { messageOf } from "../step.js";
import { withClaudeHooks } from "./command-line.js";
import { CLAUDE_CODE, Conversation } from "./conversation.js";
import { parseHookEvent, type HookEvent } from "./hook-event.js";
import { createKeeping, warningOf } from "./keeping.js";
import { costsIn } from "./telemetry.js";

/** Claude Code fails at once where the conversation it is to resume is not there. */
const LEAST_FETCH_MS = 1_000;

export const claudeCode: CommandAgent = {
  program: CLAUDE_CODE,
  fileName: /^claude(\.exe)?$/,
  configOf: (args) => {
    const model = optionOf(args, "--model");
    const dangerouslySkipPermissions =
      args.includes("--dangerously-skip-permissions") ||
      args.some((arg) => arg.endsWith("bypassPermissions"));
    return { ...(model !== undefined && { model }), dangerouslySkipPermissions };
  },
  observe,
};

async function observe(options: ObserveOptions): Promise<Observer> {
  const { agent, command, args, costs, warn, waitMs } = options;
  const keeping = createKeeping({ ...options, mode: options.transcripts });
  await keeping?.fetch(args, Math.max(waitMs, LEAST_FETCH_MS));
  const keeper = keeping?.keeper;
  keeper?.adopt();
  const input = { command, args };
  const conversation = new Conversation({ agent, now: Date.now, startedAtMs: Date.now(), input });
  const onHook = (event: HookEvent): void => {
    conversation.hook(event);
    const file = textOf(event.fields.transcript_path);
    if (file !== undefined) keeper?.follow(file);
  };
  const receiver = await receiverFor(conversation, onHook, warn);
  const hooked = receiver && withClaudeHooks(args, hookTarget(receiver.url), costs, warn);
  if (hooked?.tellsCosts === true) conversation.expectCosts();
  return {
    run: conversation.run,
    args: hooked?.args ?? args,
    tick: () => [conversation.tick(), keeper?.tick()].includes(true),
    drain: async () => {
      if (hooked?.temporaryFolder !== undefined)
        rmSync(hooked.temporaryFolder, { recursive: true, force: true });
      await receiver?.close();
      if (!conversation.isHeardOf) warn("no hook of Claude Code arrived: only its end is recorded");
      await conversation.drain();
    },
    deliver: async (timeoutMs) => {
      const warning = keeper && warningOf(await keeper.end(timeoutMs));
      if (warning !== undefined) warn(warning);
    },
  };
}

/** Undefined: there can be none, which is told. */
async function receiverFor(
  conversation: Conversation,
  onEvent: (event: HookEvent) => void,
  warn: (message: string) => void,
): Promise<Receiver | undefined> {
  const onHook = (body: string): void => {
    const event = parseHookEvent(body);
    if (event === undefined) return;
    try {
      onEvent(event);
    } catch (error) {
      warn(`a part was not recorded: ${messageOf(error)}`);
    }
  };
  const onTelemetry = (body: string): void => {
    for (const cost of costsIn(body)) conversation.cost(cost);
  };
  return startReceiver({ port: 0, onHook, onTelemetry }).catch((error: unknown) => {
    warn(`hooks cannot be received: ${messageOf(error)}`);
    return undefined;
  });
}
