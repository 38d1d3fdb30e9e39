import type { SessionEvent } from "session-protocol";
import { briefOf } from "../event/action-fields.js";
import { clockText, durationText, visibleText } from "../ui/format.js";
import type { Lane } from "./lanes.js";
import type { Mark, MarkKind } from "./mark.js";

const KINDS: Readonly<Record<MarkKind, string>> = {
  prompt: "prompt",
  response: "answer",
  tool: "call",
  goal: "goal",
  state: "state",
  error: "error",
  other: "event",
};

/** A mark in words; more of them where its event is loaded. */
export function markWords(
  { label }: Pick<Lane, "label">,
  mark: Mark,
  event: SessionEvent | undefined,
): string {
  const { seq, startMs, endMs, failed } = mark;
  const parts = [
    `${visibleText(label)}: ${kindOf(mark, event)}`,
    failed ? "failed" : "",
    endMs > startMs ? durationText(endMs - startMs) : "",
    clockText(new Date(startMs).toISOString()),
    `event ${seq}`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function kindOf({ kind, tool }: Mark, event: SessionEvent | undefined): string {
  if (event === undefined) return tool === null ? KINDS[kind] : visibleText(tool);
  if (event.type !== "action") return event.type.replace("_", " ");
  return `${visibleText(tool ?? String(event.data.type))} ${briefOf(event.data)}`.trim();
}
