import { randomUUID } from "node:crypto";
import { constants } from "node:os";
import { createHookAgent } from "../agent.js";
import { follow } from "../conversation/follow.js";
import type { RecordedRun, WorkEnd } from "../conversation/recorded-run.js";
import { given } from "../environment.js";
import type { Finalization, HookAgent } from "../hook-agent.js";
import { messageOf } from "../step.js";
import type { TranscriptMode } from "../claude-code/keeping.js";
import { endAs, startCommand, type Ended } from "./command.js";
import { commandAgentOf, otherCommand } from "./command-agents.js";
import { initialOf, reopen } from "./session.js";

export interface RunOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Leaves the session open at the end. */
  readonly keepOpen: boolean;
  /** Has Claude Code tell what each request costs. */
  readonly costs: boolean;
  readonly transcripts: TranscriptMode;
  /** The longest the end waits for the service. */
  readonly waitMs: number;
}

type Warn = (message: string) => void;

const EXIT_BY_SIGNAL = 128;

/** Runs a command on record, and ends as it ends. Nothing that goes wrong with the recording changes the command. */
export async function run(options: RunOptions, env: NodeJS.ProcessEnv = process.env): Promise<void> {
  const warnings = new Set<string>();
  // Told at the end, once each: until then the terminal is the command's.
  const warn = (message: string): void => void warnings.add(message);
  const ended = await runRecorded(options, env, warn);
  for (const message of warnings) process.stderr.write(`hook-agent: ${message}\n`);
  endAs(ended);
}

async function runRecorded(options: RunOptions, env: NodeJS.ProcessEnv, warn: Warn): Promise<Ended> {
  const { command, args } = options;
  const { program, configOf, observe } = commandAgentOf(command);
  const sessionId = given(env.SESSION_ID);
  const agent = createHookAgent(
    {
      sessionId: sessionId ?? `${program.idPrefix}-${randomUUID()}`,
      session: { initial: initialOf(command, args, configOf(args)), tags: [program.flow] },
      exitTimeoutMs: 0,
      warn,
    },
    env,
  );
  if (given(env.SESSION_SERVICE_URL) === undefined) return startCommand(command, args, {}, warn).ended;
  if (sessionId === undefined) warn(`SESSION_ID is not set: recorded as ${agent.sessionId}`);
  else await reopen(env.SESSION_SERVICE_URL as string, sessionId);
  const observeOptions = { ...options, agent, env, warn };
  const observer = await observe(observeOptions).catch((error: unknown) => {
    warn(`only its end is recorded: ${messageOf(error)}`);
    return otherCommand.observe(observeOptions);
  });
  const running = startCommand(command, observer.args, observer.env ?? {}, warn);
  if (running.pid !== undefined) observer.started?.(running.pid);
  const following = follow(() => guarded(warn, () => observer.tick()) ?? false);
  const ended = await running.ended;
  following.stop();
  const close = async (): Promise<void> => {
    await observer.drain();
    const end = endOf(ended, running.passedOn(), observer.run);
    await observer.run.end(end);
    await Promise.all([
      finish(agent, options, end, observer.run.lastMessage, warn),
      observer.deliver?.(options.waitMs),
    ]);
  };
  await close().catch((error: unknown) => warn(`the end was not recorded: ${messageOf(error)}`));
  return ended;
}

const INTERRUPTS: ReadonlySet<string> = new Set(["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"]);

/** A process may end well although it was interrupted in the middle of its work. */
function endOf(ended: Ended, passedOn: NodeJS.Signals | undefined, run: RecordedRun): WorkEnd {
  const { code, signal } = ended;
  const details = { ...(code !== null && { exitCode: code }), ...(signal !== null && { signal }) };
  const interruption = interruptionOf(ended, passedOn, run);
  if (interruption !== undefined) return { status: "cancelled", reason: interruption, details };
  if (code === 0 && run.failure === undefined)
    return { status: "completed", reason: "the process has ended", details };
  const how =
    signal === null
      ? `the process ended with exit code ${String(code)}`
      : `the process was ended by ${signal}`;
  return { status: "failed", reason: run.failure ?? how, details };
}

/** Why the work was not done to its end, if that was somebody's wish. */
function interruptionOf(
  { code, signal }: Ended,
  passedOn: NodeJS.Signals | undefined,
  { isInTurn, interruption, tellsTurnEnds }: RecordedRun,
): string | undefined {
  const by = signal ?? (INTERRUPTS.has(passedOn ?? "") ? passedOn : signalOf(code));
  if (by !== undefined && INTERRUPTS.has(by) && (code !== 0 || isInTurn))
    return `the process was ended by ${by}`;
  if (signal !== null) return undefined;
  const isCutOff = code === 0 && isInTurn && tellsTurnEnds;
  return interruption ?? (isCutOff ? "the process ended in the middle of a turn" : undefined);
}

/** The signal a process has ended itself for, as shells have it. */
function signalOf(code: number | null): string | undefined {
  return Object.entries(constants.signals).find(([, number]) => code === EXIT_BY_SIGNAL + number)?.[0];
}

async function finish(
  agent: HookAgent,
  { keepOpen, waitMs }: RunOptions,
  { status, reason }: WorkEnd,
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

function guarded<T>(warn: Warn, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    warn(`a part was not recorded: ${messageOf(error)}`);
    return undefined;
  }
}
