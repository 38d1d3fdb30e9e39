/** What the APIs have in common: who said what, results of tools being said by the user. */
export interface Conversation {
  readonly model: string;
  readonly system: string;
  readonly messages: readonly Message[];
  readonly isStream: boolean;
}

export interface Message {
  readonly role: "user" | "assistant";
  readonly text: string;
}

export interface ToolUse {
  readonly id: string;
  readonly name: string;
  /** Of the tool, where the API has such. */
  readonly namespace?: string | undefined;
  /** A text for tools that take one, where the API has such. */
  readonly input: Readonly<Record<string, unknown>> | string;
}

/** What the model answers. */
export interface Reply {
  readonly id: string;
  readonly model: string;
  readonly thinking?: string | undefined;
  readonly text: string | undefined;
  readonly tools: readonly ToolUse[];
  readonly usage: Usage;
}

export interface Usage {
  readonly input: number;
  readonly output: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
}

/** An answer that the model's API refuses to give. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    message: string,
  ) {
    super(message);
    this.name = "Refusal";
  }
}
