import type { Response } from "session-protocol";
import { numberOf, textOf, type Fields } from "../conversation/fields.js";
import type { MessageLine } from "./transcript-line.js";

interface OpenMessage {
  readonly messageId: string;
  readonly blocks: Fields[];
  /** The newest line: what it says of usage and of the reason to stop is final. */
  last: MessageLine;
  sinceMs: number;
}

/** A message that has stopped and of which no more lines come for so long is complete. */
const QUIET_MS = 500;

/** Puts the lines of one transcript together to answers of the model, each told once. */
export class Messages {
  readonly #told = new Set<string>();
  #open: OpenMessage | undefined;

  /** Answers the message before, if this line begins another. */
  add(line: MessageLine, nowMs: number): Response | undefined {
    const { messageId } = line;
    if (this.#told.has(messageId)) return undefined;
    const before = this.#open?.messageId === messageId ? undefined : this.close();
    this.#open ??= { messageId, blocks: [], last: line, sinceMs: nowMs };
    this.#open.blocks.push(...line.blocks);
    this.#open.last = line;
    this.#open.sinceMs = nowMs;
    return before;
  }

  /** Answers the open message, if it is complete by the look of it. */
  settle(nowMs: number): Response | undefined {
    if (this.#open?.last.stopReason === undefined) return undefined;
    return nowMs - this.#open.sinceMs >= QUIET_MS ? this.close() : undefined;
  }

  close(): Response | undefined {
    const message = this.#open;
    if (message === undefined) return undefined;
    this.#open = undefined;
    this.#told.add(message.messageId);
    return responseOf(message);
  }
}

function responseOf({ messageId, blocks, last }: OpenMessage): Response {
  const content = textsOf(blocks, "text");
  const thinking = textsOf(blocks, "thinking");
  const toolUseIds = blocks.flatMap(({ type, id }) => (type === "tool_use" ? (textOf(id) ?? []) : []));
  return {
    type: content === "" && toolUseIds.length > 0 ? "tool_use" : "text",
    id: `claude-${messageId}`.slice(0, 128),
    content,
    ...(thinking !== "" && { thinking }),
    ...(toolUseIds.length > 0 && { toolUseIds }),
    ...(last.model !== undefined && { model: last.model }),
    ...(last.usage !== undefined && { usage: usageOf(last.usage) }),
    ...(last.requestId !== undefined && { requestId: last.requestId }),
    ...(last.stopReason !== undefined && { stopReason: last.stopReason }),
    ...(last.timestamp !== undefined && { timestamp: last.timestamp }),
  };
}

function textsOf(blocks: readonly Fields[], kind: "text" | "thinking"): string {
  const texts = blocks.flatMap((block) => (block.type === kind ? (textOf(block[kind]) ?? []) : []));
  return texts.join("\n");
}

function usageOf(usage: Fields): NonNullable<Response["usage"]> {
  const count = (name: string): number => numberOf(usage[name]) ?? 0;
  return {
    inputTokens: count("input_tokens"),
    outputTokens: count("output_tokens"),
    cacheReadTokens: count("cache_read_input_tokens"),
    cacheWriteTokens: count("cache_creation_input_tokens"),
  };
}
