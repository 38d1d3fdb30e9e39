import { createHookAgent } from "../agent.js";
import { claudeCode } from "../claude-code/command-agent.js";
import { Conversation } from "../claude-code/conversation.js";
import { parseHookEvent, type HookEvent } from "../claude-code/hook-event.js";
import { createKeeping, warningOf, type TranscriptMode } from "../claude-code/keeping.js";
import { startReceiver } from "../conversation/receiver.js";
import { textOf } from "../conversation/fields.js";
import { follow } from "../conversation/follow.js";
import { given } from "../environment.js";
import type { HookAgent } from "../hook-agent.js";
import { idPart } from "../record-calls.js";
import { messageOf } from "../step.js";
import { initialOf, reopen } from "./session.js";

/** A conversation of Claude Code, once there is a session to record it into. */
interface Recorded {
  readonly agent: HookAgent;
  readonly conversation: Conversation;
}

/** Records what installed hooks tell, each conversation as a run, until it is told to stop. Answers the exit code. */
export async function daemon(
  port: number,
  transcripts: TranscriptMode,
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  const serviceUrl = given(env.SESSION_SERVICE_URL);
  if (serviceUrl === undefined) throw new Error("SESSION_SERVICE_URL is not set");
  const keeper = createKeeping({ mode: transcripts, env, warn })?.keeper;
  keeper?.adopt();
  const conversations = new Conversations(serviceUrl, env);
  const onHook = (body: string): void => {
    const event = parseHookEvent(body);
    if (event === undefined) return;
    conversations.hook(event);
    const file = textOf(event.fields.transcript_path);
    if (file !== undefined) keeper?.follow(file);
    if (file !== undefined && event.name === "SessionEnd") keeper?.release(file);
  };
  const receiver = await startReceiver({ port, onHook });
  const following = follow(() => [conversations.tick(), keeper?.tick()].includes(true));
  process.stdout.write(`hooks are received at ${receiver.url}\n`);
  await toldToStop();
  following.stop();
  await receiver.close();
  const [end] = await Promise.all([keeper?.end(CLOSE_TIMEOUT_MS), conversations.close()]);
  const warning = end && warningOf(end);
  if (warning !== undefined) warn(warning);
  return 0;
}

/** Listens on after the first signal: without a listener the next would end the process in the middle of its end. */
function toldToStop(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => resolve());
  });
}

const CLOSE_TIMEOUT_MS = 2_000;

class Conversations {
  readonly #serviceUrl: string;
  readonly #env: NodeJS.ProcessEnv;
  readonly #open = new Map<string, Promise<Recorded>>();
  readonly #live = new Set<Recorded>();

  constructor(serviceUrl: string, env: NodeJS.ProcessEnv) {
    this.#serviceUrl = serviceUrl;
    this.#env = env;
  }

  hook(event: HookEvent): void {
    const { sessionId, name } = event;
    const recorded = this.#open.get(sessionId) ?? this.#begin(sessionId);
    if (name === "SessionEnd") this.#open.delete(sessionId);
    else this.#open.set(sessionId, recorded);
    recorded
      .then(async (known) => {
        known.conversation.hook(event);
        if (name === "SessionEnd") await this.#end(known);
      })
      .catch((error: unknown) => warn(`a hook was not recorded: ${messageOf(error)}`));
  }

  tick(): boolean {
    return [...this.#live].map(({ conversation }) => conversation.tick()).includes(true);
  }

  /** Those that go on without a recorder are not ended; their session falls silent. */
  async close(): Promise<void> {
    await Promise.all([...this.#live].map(({ agent }) => agent.close(CLOSE_TIMEOUT_MS)));
  }

  async #begin(claudeSession: string): Promise<Recorded> {
    const startedAtMs = Date.now();
    const sessionId = given(this.#env.SESSION_ID) ?? `claude-${idPart(claudeSession)}`;
    await reopen(this.#serviceUrl, sessionId);
    const session = { initial: initialOf("claude", [], claudeCode.configOf([])), tags: ["claude-code"] };
    const agent = createHookAgent({ sessionId, session, exitTimeoutMs: 0, warn }, this.#env);
    const conversation = new Conversation({ agent, now: Date.now, startedAtMs, input: { claudeSession } });
    const recorded = { agent, conversation };
    this.#live.add(recorded);
    return recorded;
  }

  async #end(recorded: Recorded): Promise<void> {
    this.#live.delete(recorded);
    const { agent, conversation } = recorded;
    await conversation.drain();
    const { failure, interruption, lastMessage } = conversation.run;
    const unfinished = interruption === undefined ? undefined : "cancelled";
    await conversation.run.end({
      status: failure === undefined ? (unfinished ?? "completed") : "failed",
      reason: interruption ?? "Claude Code has ended",
    });
    // A session that was named is for others to end.
    if (given(this.#env.SESSION_ID) === undefined) {
      const error = failure ?? interruption;
      const status = error === undefined ? "success" : "failure";
      const outcome = error ?? lastMessage;
      await agent.finalizeSession({ status, ...(outcome !== undefined && { outcome }) });
    }
    await agent.close(CLOSE_TIMEOUT_MS);
  }
}

const warn = (message: string): void => void process.stderr.write(`hook-agent: ${message}\n`);
