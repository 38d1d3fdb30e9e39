import type { Program, RecordedRun } from "../conversation/recorded-run.js";
import type { TranscriptMode } from "../claude-code/keeping.js";
import type { HookAgent } from "../hook-agent.js";

/** A program that is an agent, and how its runs are observed. */
export interface CommandAgent {
  readonly program: Program;
  /** Of the program's file, without folder. */
  readonly fileName: RegExp;
  /** What its command line says of the session's configuration. */
  readonly configOf: (args: readonly string[]) => CommandConfig;
  /** Called before the command starts. */
  readonly observe: (options: ObserveOptions) => Promise<Observer>;
}

export interface CommandConfig {
  readonly model?: string;
  readonly dangerouslySkipPermissions?: boolean;
}

export interface ObserveOptions {
  readonly agent: HookAgent;
  readonly command: string;
  readonly args: readonly string[];
  /** What requests cost is wanted from the program itself. */
  readonly costs: boolean;
  readonly transcripts: TranscriptMode;
  /** The longest the start waits for the service, where the command cannot do without it. */
  readonly waitMs: number;
  readonly env: NodeJS.ProcessEnv;
  readonly warn: (message: string) => void;
}

/** What tells of one run, while the command runs and after. */
export interface Observer {
  readonly run: RecordedRun;
  /** The command's arguments, with what makes it tell. */
  readonly args: readonly string[];
  /** Besides the environment it has anyway. */
  readonly env?: Readonly<Record<string, string>>;
  /** The command runs, as that process. */
  started?(pid: number): void;
  /** Reads what is new; answers whether there is more. */
  tick(): boolean;
  /** The process is gone: takes in what it told last, and lets go of everything. */
  drain(): Promise<void>;
  /** Waits at most `timeoutMs` until what it keeps besides is with the service. */
  deliver?(timeoutMs: number): Promise<void>;
}

/** The value of a command line's option, given as one word or as two. */
export function optionOf(args: readonly string[], ...names: readonly string[]): string | undefined {
  const index = args.findIndex((arg) => names.includes(arg));
  const oneWord = args.find((arg) => names.some((name) => arg.startsWith(`${name}=`)));
  return index === -1 ? oneWord?.slice(oneWord.indexOf("=") + 1) : args[index + 1];
}
