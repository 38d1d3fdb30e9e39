import { z } from "zod";
import type { Conversation, Refusal, Reply, Usage } from "./conversation.js";
import { piecesOf } from "./reply.js";

const Part = z.looseObject({
  text: z.string().optional(),
  functionResponse: z.looseObject({ response: z.unknown() }).optional(),
});
const Content = z.looseObject({ role: z.string().optional(), parts: z.array(Part).default([]) });

const GenerateRequest = z.looseObject({
  contents: z.array(Content),
  systemInstruction: Content.optional(),
});

/** Google's Gemini API, which has the model and whether to stream in its paths. */
export const GEMINI_PATH = /^\/v1(?:beta)?\/models\/([^/:]+):(generateContent|streamGenerateContent)$/;

export function parseContents(model: string, isStream: boolean, body: unknown): Conversation {
  const { contents, systemInstruction } = GenerateRequest.parse(body);
  return {
    model,
    system: textOf(systemInstruction),
    messages: contents.map((content) => ({
      role: content.role === "model" ? "assistant" : "user",
      text: textOf(content),
    })),
    isStream,
  };
}

function textOf(content: z.infer<typeof Content> | undefined): string {
  const texts = content?.parts.map(
    ({ text, functionResponse }) => text ?? JSON.stringify(functionResponse?.response ?? ""),
  );
  return texts?.join("\n") ?? "";
}

/** What makes up an answer, in order. */
function partsOf({ thinking, text, tools }: Reply): object[] {
  return [
    ...(thinking === undefined ? [] : [{ text: thinking, thought: true }]),
    ...(text === undefined ? [] : piecesOf(text).map((piece) => ({ text: piece }))),
    ...tools.map(({ name, input }) => ({ functionCall: { name, args: input } })),
  ];
}

export const contentOf = (reply: Reply): object => answerOf(reply, partsOf(reply), true);

function answerOf({ id, model, usage }: Reply, parts: readonly object[], isLast: boolean): object {
  const candidate = { index: 0, content: { role: "model", parts } };
  return {
    responseId: id,
    modelVersion: model,
    candidates: [{ ...candidate, ...(isLast && { finishReason: "STOP" }) }],
    ...(isLast && { usageMetadata: usageOf(usage) }),
  };
}

const usageOf = ({ input, output, cacheRead, cacheWrite }: Usage) => ({
  promptTokenCount: input + cacheRead + cacheWrite,
  cachedContentTokenCount: cacheRead,
  candidatesTokenCount: output,
  totalTokenCount: input + cacheRead + cacheWrite + output,
});

/** The same answer part by part. */
export function* contentChunks(reply: Reply): Generator<object> {
  const parts = partsOf(reply);
  for (const [index, part] of parts.entries()) yield answerOf(reply, [part], index === parts.length - 1);
}

export const geminiError = ({ status, type, message }: Pick<Refusal, "status" | "type" | "message">) => ({
  error: { code: status, status: type, message },
});
