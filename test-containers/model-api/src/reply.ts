import { randomUUID } from "node:crypto";
import type { Conversation, Reply, Usage } from "./conversation.js";
import type { Said } from "./play.js";
import type { Script } from "./scenario.js";

const CHARS_PER_TOKEN = 4;

const newId = (kind: string): string => `${kind}_${randomUUID().replaceAll("-", "")}`;

export function replyOf(turn: Said, conversation: Conversation, step: number, fixed: Script["usage"]): Reply {
  const { thinking, text, tools } = turn;
  return {
    id: newId("msg"),
    model: conversation.model,
    thinking,
    text,
    tools: tools.map((tool) => ({ id: newId("toolu"), ...tool })),
    usage: fixed ? fixedUsage(fixed, turn, step) : countedUsage(turn, conversation),
  };
}

/** No two steps of a conversation have the same. */
function fixedUsage(fixed: Usage, { text, tools }: Said, step: number): Usage {
  const blocks = tools.length + (text === undefined ? 0 : 1);
  return { ...fixed, input: fixed.input + step, output: fixed.output + blocks };
}

function countedUsage({ text, tools }: Said, conversation: Conversation): Usage {
  const { system, messages } = conversation;
  const chars = messages.reduce((sum, message) => sum + message.text.length, system.length);
  const answered = (text ?? "").length + (tools.length > 0 ? JSON.stringify(tools).length : 0);
  return { input: tokens(chars), output: tokens(answered), cacheRead: 0, cacheWrite: 0 };
}

const tokens = (chars: number): number => Math.max(1, Math.ceil(chars / CHARS_PER_TOKEN));

/** Pieces as a stream brings them, none of which breaks a character. */
export function piecesOf(text: string, length = 24): string[] {
  const chars = Array.from(text);
  const count = Math.max(1, Math.ceil(chars.length / length));
  return Array.from({ length: count }, (_, at) => chars.slice(at * length, (at + 1) * length).join(""));
}
