import { realpathSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { optionOf, type CommandAgent, type ObserveOptions, type Observer } from "../cli/command-agent.js";
import { CODEX, CodexRun } from "./codex-run.js";
import { readThreadMeta, rolloutsOpenIn, rolloutsSince, type RolloutFile } from "./rollout-files.js";

export const codex: CommandAgent = {
  program: CODEX,
  fileName: /^codex(\.js|\.exe)?$/,
  configOf: (args) => {
    const model = optionOf(args, "--model", "-m");
    const dangerouslySkipPermissions =
      args.includes("--dangerously-bypass-approvals-and-sandbox") || args.includes("--yolo");
    return { ...(model !== undefined && { model }), dangerouslySkipPermissions };
  },
  observe: (options) => Promise.resolve(observe(options)),
};

/** How often it is looked for new rollouts: that takes longer than reading those that are known. */
const LOOK_EVERY_MS = 100;

/** Codex keeps every thread in a file, which is all that is needed; hooks and telemetry of the user's stay theirs. */
function observe({ agent, command, args, env, warn }: ObserveOptions): Observer {
  const startedAtMs = Date.now();
  const codexRun = new CodexRun({ agent, now: Date.now, startedAtMs, input: { command, args } });
  let pid: number | undefined;
  let lookedAtMs = 0;
  const look = (): void => {
    if (pid === undefined || Date.now() - lookedAtMs < LOOK_EVERY_MS) return;
    lookedAtMs = Date.now();
    const paths = rolloutsOpenIn(pid).filter((path) => !codexRun.isFollowed(path));
    for (const file of withMeta(paths)) codexRun.follow(file);
  };
  return {
    run: codexRun.run,
    args,
    started: (processId) => void (pid = processId),
    tick: () => {
      look();
      return codexRun.tick();
    },
    drain: () => {
      const folder = join(env.CODEX_HOME ?? join(homedir(), ".codex"), "sessions");
      const left = withMeta(rolloutsSince(folder, startedAtMs));
      followRest(codexRun, left, { startedAtMs, cwd: folderOf(args) });
      if (!codexRun.isHeardOf)
        warn("Codex has kept no thread that can be told to be its own: only its end is recorded");
      codexRun.drain();
      return Promise.resolve();
    },
  };
}

const withMeta = (paths: readonly string[]): RolloutFile[] =>
  paths.flatMap((path) => {
    const meta = readThreadMeta(path);
    return meta === undefined ? [] : [{ path, meta }];
  });

interface Place {
  readonly startedAtMs: number;
  readonly cwd: string;
}

/** Those it had open too shortly to be seen: what began with a known thread, else the only one that began then and there. */
function followRest(codexRun: CodexRun, left: readonly RolloutFile[], { startedAtMs, cwd }: Place): void {
  if (!codexRun.isHeardOf) {
    const roots = left.filter(
      ({ meta }) => meta.parentThreadId === undefined && meta.startedAtMs >= startedAtMs && meta.cwd === cwd,
    );
    if (roots.length === 1) for (const file of roots) codexRun.follow(file);
  }
  for (const file of left) if (codexRun.knows(file.meta)) codexRun.follow(file);
}

function folderOf(args: readonly string[]): string {
  const folder = resolve(optionOf(args, "--cd", "-C") ?? ".");
  try {
    return realpathSync(folder);
  } catch {
    return folder;
  }
}
