import { logResponse } from "container-hook-agent";
import OpenAI from "openai";
import { z } from "zod";

/** An answer of the model that is not what was asked for. */
export class UnusableAnswer extends Error {
  constructor(reason: string) {
    super(`the model's answer cannot be used: ${reason}`);
    this.name = "UnusableAnswer";
  }
}

export interface Model {
  /** Answers JSON of this form. @throws UnusableAnswer */
  ask<T>(schema: z.ZodType<T>, rules: string, question: string): Promise<T>;
}

const MAX_TOKENS = 1_024;

/** Of any API that speaks as OpenAI's does; every answer goes on record. */
export function createModel(baseURL: string, apiKey: string, model: string, stop: AbortSignal): Model {
  const client = new OpenAI({ baseURL, apiKey, maxRetries: 2 });
  return {
    async ask(schema, rules, question) {
      const {
        choices,
        usage,
        model: used,
      } = await client.chat.completions.create(
        {
          model,
          max_completion_tokens: MAX_TOKENS,
          messages: [
            { role: "system", content: rules },
            { role: "user", content: question },
          ],
        },
        { signal: AbortSignal.any([stop]) },
      );
      const content = choices[0]?.message.content ?? "";
      logResponse({
        content,
        model: used,
        ...(usage && {
          usage: { inputTokens: usage.prompt_tokens, outputTokens: usage.completion_tokens },
        }),
      });
      return parse(schema, content);
    },
  };
}

/** Models like to put a fence around what they were asked for. */
function parse<T>(schema: z.ZodType<T>, content: string): T {
  const text = /^```(?:json)?\n(.*)\n```$/su.exec(content.trim())?.[1] ?? content;
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new UnusableAnswer("it is no JSON");
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new UnusableAnswer(z.prettifyError(parsed.error));
  return parsed.data;
}
