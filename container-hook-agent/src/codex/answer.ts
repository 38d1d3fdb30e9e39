import type { Response } from "session-protocol";
import { numberOf, objectsOf, textOf, type Fields } from "../conversation/fields.js";
import { idPart } from "../record-calls.js";

/** Puts the parts of an answer of the model together: they come one by one, and what they cost after the last. */
export class Answer {
  #texts: string[] = [];
  #thoughts: string[] = [];
  #toolUseIds: string[] = [];

  message(item: Fields): void {
    this.#texts.push(...textsOf(item.content));
  }

  reasoning(item: Fields): void {
    this.#thoughts.push(...textsOf(item.summary), ...textsOf(item.content));
  }

  toolUse(id: string): void {
    this.#toolUseIds.push(id);
  }

  /** Ends the answer that was begun, if one was. */
  close(model: string | undefined): Response | undefined {
    const isBegun = this.#texts.length + this.#thoughts.length + this.#toolUseIds.length > 0;
    return isBegun ? this.#take(model) : undefined;
  }

  /** Ends the answer with what it has cost. A summary of the conversation has a cost and no parts. */
  closeWith(usage: Fields, responseId: string | undefined, model: string | undefined, at: string): Response {
    return {
      ...this.#take(model),
      ...(responseId !== undefined && { id: `codex-${idPart(responseId)}`, requestId: responseId }),
      usage: usageOf(usage),
      timestamp: at,
    };
  }

  #take(model: string | undefined): Response {
    const [texts, thoughts, toolUseIds] = [this.#texts, this.#thoughts, this.#toolUseIds];
    this.#texts = [];
    this.#thoughts = [];
    this.#toolUseIds = [];
    return {
      type: texts.length === 0 && toolUseIds.length > 0 ? "tool_use" : "text",
      content: texts.join("\n"),
      ...(thoughts.length > 0 && { thinking: thoughts.join("\n") }),
      ...(toolUseIds.length > 0 && { toolUseIds }),
      ...(model !== undefined && { model }),
    };
  }
}

export const textsOf = (parts: unknown): string[] =>
  objectsOf(parts).flatMap(({ text }) => textOf(text) ?? []);

/** Codex counts what came from the cache, or went into it, among the input. */
function usageOf(usage: Fields): NonNullable<Response["usage"]> {
  const count = (name: string): number => numberOf(usage[name]) ?? 0;
  const cacheReadTokens = count("cached_input_tokens");
  const cacheWriteTokens = count("cache_write_input_tokens");
  return {
    inputTokens: Math.max(0, count("input_tokens") - cacheReadTokens - cacheWriteTokens),
    outputTokens: count("output_tokens"),
    cacheReadTokens,
    cacheWriteTokens,
  };
}
