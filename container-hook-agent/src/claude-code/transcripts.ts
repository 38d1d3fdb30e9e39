import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Response } from "session-protocol";
import { LineFile } from "../conversation/line-file.js";
import type { ToolOutcome } from "../conversation/tool-call.js";
import { idPart } from "../record-calls.js";
import { Messages } from "./messages.js";
import { parseTranscriptLine, type TranscriptLine } from "./transcript-line.js";

export interface TranscriptsOptions {
  /** Older lines are of earlier runs of the same conversation. */
  readonly sinceMs: number;
  readonly mainAgentId: string;
  readonly now: () => number;
  readonly onResponse: (response: Response, agentId: string) => void;
  readonly onToolUse: (toolUseId: string, tool: string, input: unknown, agentId: string) => void;
  readonly onResult: (toolUseId: string, outcome: ToolOutcome) => void;
  readonly onInterruption: (text: string, agentId: string) => void;
}

interface Followed {
  readonly file: LineFile;
  readonly messages: Messages;
  readonly agentId: string;
}

const SUB_AGENT = /^agent-(.+)\.jsonl$/;

/** The transcripts of a conversation: those of its main agent, and beside them those of its sub-agents. */
export class Transcripts {
  readonly #options: TranscriptsOptions;
  readonly #followed = new Map<string, Followed>();
  readonly #folders = new Set<string>();
  #newest: string | undefined;

  constructor(options: TranscriptsOptions) {
    this.#options = options;
  }

  /** Of the sub-agents of the conversation that a hook spoke of last. */
  get folder(): string | undefined {
    return this.#newest;
  }

  /** A hook has named the main transcript. */
  follow(path: string): void {
    this.#add(path, this.#options.mainAgentId);
    this.#newest = join(path.replace(/\.jsonl$/, ""), "subagents");
    this.#folders.add(this.#newest);
  }

  /** Reads what is new, a little of each; answers whether there is more. */
  read(): boolean {
    for (const folder of this.#folders) this.#discover(folder);
    let isMore = false;
    for (const followed of this.#followed.values()) {
      isMore = followed.file.read((line) => this.#take(line, followed)) || isMore;
      this.#tell(followed.messages.settle(this.#options.now()), followed.agentId);
    }
    return isMore;
  }

  /** A turn has ended: what it said is complete. */
  close(): void {
    for (const { messages, agentId } of this.#followed.values()) this.#tell(messages.close(), agentId);
  }

  #discover(folder: string): void {
    let names: string[];
    try {
      names = readdirSync(folder);
    } catch {
      // It is made with the first sub-agent.
      return;
    }
    for (const name of names) {
      const id = SUB_AGENT.exec(name)?.[1];
      if (id !== undefined) this.#add(join(folder, name), idPart(id));
    }
  }

  #add(path: string, agentId: string): void {
    if (this.#followed.has(path)) return;
    this.#followed.set(path, { file: new LineFile(path), messages: new Messages(), agentId });
  }

  #take(text: string, { messages, agentId }: Followed): void {
    const line = parseTranscriptLine(text);
    if (line === undefined || this.#isOld(line)) return;
    const { now, onToolUse, onResult, onInterruption } = this.#options;
    if (line.kind === "interruption") {
      onInterruption(line.text, agentId);
      return;
    }
    if (line.kind === "result") {
      for (const { toolUseId, outcome } of line.results) onResult(toolUseId, outcome);
      return;
    }
    this.#tell(messages.add(line, now()), agentId);
    for (const { type, id, name, input } of line.blocks) {
      if (type === "tool_use" && typeof id === "string" && typeof name === "string") {
        onToolUse(id, name, input, agentId);
      }
    }
  }

  #isOld({ timestamp }: TranscriptLine): boolean {
    return timestamp !== undefined && Date.parse(timestamp) < this.#options.sinceMs;
  }

  #tell(response: Response | undefined, agentId: string): void {
    if (response !== undefined) this.#options.onResponse(response, agentId);
  }
}
