import { basename } from "node:path";
import { randomUUID } from "node:crypto";
import { rmSync } from "node:fs";
import { createHookAgent } from "../agent.js";
import { Conversation, type ConversationEnd } from "../claude-code/conversation.js";
import { follow } from "../claude-code/follow.js";
import { parseHookEvent } from "../claude-code/hook-event.js";
import { costsIn } from "../claude-code/telemetry.js";
import { startReceiver, type Receiver } from "../claude-code/receiver.js";
import { given } from "../environment.js";
import type { Finalization, HookAgent } from "../hook-agent.js";
import { endAs, startCommand, type Ended } from "./command.js";
import { initialOf, withClaudeHooks } from "./claude-command.js";
import { hookTarget } from "./hook-target.js";
import { reopen } from "./reopen.js";

export interface RunOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Leaves the session open at the end. */
  readonly keepOpen: boolean;
  /** Has Claude Code tell what each request costs. */
  readonly costs: boolean;
  /** The longest the end waits for the service. */
  readonly waitMs: number;
}

type Warn = (message: string) => void;

/** Runs a command on record, and ends as it ends. Nothing that goes wrong with the recording changes the command. */
export async function run(options: RunOptions, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const warnings: string[] = [];
  // Told at the end: until then the terminal is the command's.
  const warn = (message: string): void => void warnings.push(message);
  const ended = await runRecorded(options, env, warn);
  for (const message of warnings) process.stderr.write(`hook-agent: ${message}\n`);
  endAs(ended);
}

async function runRecorded(options: RunOptions, env: NodeJS.ProcessEnv, warn: Warn): Promise<Ended> {
  const { command, args } = options;
  const isClaude = /^claude(\.exe)?$/.test(basename(command));
  const sessionId = given(env.SESSION_ID);
  const agent = createHookAgent(
    {
      sessionId: sessionId ?? `claude-${randomUUID()}`,
      session: { initial: initialOf(command, args), tags: [isClaude ? "claude-code" : "command"] },
      exitTimeoutMs: 0,
      warn,
    },
    env,
  );
  if (given(env.SESSION_SERVICE_URL) === undefined) return startCommand(command, args, warn).ended;
  if (sessionId === undefined) warn(`SESSION_ID is not set: recorded as ${agent.sessionId}`);
  else await reopen(env.SESSION_SERVICE_URL as string, sessionId);
  const recorder = await startRecorder(agent, options, isClaude, warn);
  const running = startCommand(command, recorder.args, warn);
  const ended = await running.ended;
  await guarded(warn, () => recorder.end(ended, running.passedOn()));
  return ended;
}

interface Recorder {
  /** Of the command, with hooks where there are any. */
  readonly args: readonly string[];
  end(ended: Ended, passedOn: NodeJS.Signals | undefined): Promise<void>;
}

async function startRecorder(
  agent: HookAgent,
  options: RunOptions,
  isClaude: boolean,
  warn: Warn,
): Promise<Recorder> {
  const { command, args } = options;
  const input = { command, args };
  const conversation = new Conversation({ agent, now: Date.now, startedAtMs: Date.now(), input });
  const onHook = (body: string): void => {
    const event = parseHookEvent(body);
    if (event !== undefined) void guarded(warn, () => conversation.hook(event));
  };
  const onTelemetry = (body: string): void => {
    for (const cost of costsIn(body)) conversation.cost(cost);
  };
  const receiver = isClaude
    ? await startReceiver({ port: 0, onHook, onTelemetry }).catch(told(warn))
    : undefined;
  const following = follow(() => conversation.tick());
  const hooked = receiver && withClaudeHooks(args, hookTarget(receiver.url), options.costs, warn);
  if (hooked?.tellsCosts === true) conversation.expectCosts();
  return {
    args: hooked?.args ?? args,
    end: async (ended, passedOn) => {
      following.stop();
      if (hooked?.temporaryFolder !== undefined)
        rmSync(hooked.temporaryFolder, { recursive: true, force: true });
      await receiver?.close();
      if (isClaude && !conversation.isHeardOf)
        warn("no hook of Claude Code arrived: only its end is recorded");
      const end = endOf(ended, passedOn, conversation);
      await conversation.end(end);
      await finish(agent, options, end, conversation.lastMessage, warn);
    },
  };
}

const told =
  (warn: Warn) =>
  (error: unknown): Receiver | undefined => {
    warn(`hooks cannot be received: ${String(error)}`);
    return undefined;
  };

const INTERRUPTS: ReadonlySet<string> = new Set(["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]);

/** A process may end well although it was interrupted in the middle of its work. */
function endOf(
  { code, signal }: Ended,
  passedOn: NodeJS.Signals | undefined,
  { failure, isInTurn }: Conversation,
): ConversationEnd {
  const details = { ...(code !== null && { exitCode: code }), ...(signal !== null && { signal }) };
  const by = signal ?? passedOn;
  if (by !== undefined && INTERRUPTS.has(by) && (code !== 0 || isInTurn)) {
    return { status: "cancelled", reason: `the process was ended by ${by}`, details };
  }
  if (code === 0 && failure === undefined)
    return { status: "completed", reason: "the process has ended", details };
  const how =
    signal === null
      ? `the process ended with exit code ${String(code)}`
      : `the process was ended by ${signal}`;
  return { status: "failed", reason: failure ?? how, details };
}

async function finish(
  agent: HookAgent,
  { keepOpen, waitMs }: RunOptions,
  { status, reason }: ConversationEnd,
  lastMessage: string | undefined,
  warn: Warn,
): Promise<void> {
  const isGood = status === "completed";
  const outcome = isGood ? lastMessage : reason;
  const end = {
    status: isGood ? ("success" as const) : ("failure" as const),
    ...(outcome !== undefined && { outcome }),
    ...(lastMessage !== undefined && { response: lastMessage }),
  };
  const report = keepOpen ? await agent.flush(waitMs) : await agent.finalizeSession(end, waitMs);
  const left = await agent.close(0);
  const isEnded = keepOpen || (report as Finalization).finalized;
  if (left.spooled > 0) {
    warn(`${left.spooled} event(s) are on disk and not yet with the service: \`hook-agent send\` sends them`);
  } else if (!isEnded) {
    warn("the end of the session was not acknowledged by the service");
  }
}

async function guarded(warn: Warn, work: () => unknown): Promise<void> {
  try {
    await work();
  } catch (error) {
    warn(`a part was not recorded: ${String(error)}`);
  }
}
