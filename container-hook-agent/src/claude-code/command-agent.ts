import { rmSync } from "node:fs";
import { optionOf, type CommandAgent, type ObserveOptions, type Observer } from "../cli/command-agent.js";
import { hookTarget } from "../cli/hook-target.js";
import { messageOf } from "../step.js";
import { withClaudeHooks } from "./command-line.js";
import { CLAUDE_CODE, Conversation } from "./conversation.js";
import { parseHookEvent } from "./hook-event.js";
import { startReceiver, type Receiver } from "./receiver.js";
import { costsIn } from "./telemetry.js";

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

async function observe({ agent, command, args, costs, warn }: ObserveOptions): Promise<Observer> {
  const input = { command, args };
  const conversation = new Conversation({ agent, now: Date.now, startedAtMs: Date.now(), input });
  const receiver = await receiverFor(conversation, warn);
  const hooked = receiver && withClaudeHooks(args, hookTarget(receiver.url), costs, warn);
  if (hooked?.tellsCosts === true) conversation.expectCosts();
  return {
    run: conversation.run,
    args: hooked?.args ?? args,
    tick: () => conversation.tick(),
    drain: async () => {
      if (hooked?.temporaryFolder !== undefined)
        rmSync(hooked.temporaryFolder, { recursive: true, force: true });
      await receiver?.close();
      if (!conversation.isHeardOf) warn("no hook of Claude Code arrived: only its end is recorded");
      await conversation.drain();
    },
  };
}

/** Undefined: there can be none, which is told. */
async function receiverFor(
  conversation: Conversation,
  warn: (message: string) => void,
): Promise<Receiver | undefined> {
  const onHook = (body: string): void => {
    const event = parseHookEvent(body);
    if (event === undefined) return;
    try {
      conversation.hook(event);
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
