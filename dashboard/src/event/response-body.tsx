import { lazy, Suspense } from "react";
import type { JsonObject } from "session-protocol";
import { ClippedText } from "../ui/clipped-text.js";
import { costText, countText, durationText, visibleText } from "../ui/format.js";
import { Value } from "./value.js";

const Markdown = lazy(() => import("../ui/markdown.js"));

/** What a model answered. */
export function ResponseBody({ data }: { readonly data: JsonObject }) {
  const { content, thinking } = data;
  return (
    <div className="response">
      {typeof thinking === "string" && thinking !== "" && (
        <details className="fold">
          <summary className="note">thinking</summary>
          <ClippedText text={thinking} />
        </details>
      )}
      {typeof content === "string" ? (
        <Suspense fallback={<ClippedText text={content} />}>
          <Markdown text={content} />
        </Suspense>
      ) : (
        content != null && <Value value={content} />
      )}
    </div>
  );
}

/** What the answer was and took: `claude-opus-4-6 · 12k in · 220 out · $0.042`. */
export function requestLine({ model, usage, costUsd, durationMs, stopReason }: JsonObject): string {
  const { inputTokens, outputTokens, cacheReadTokens } = (usage ?? {}) as Record<string, unknown>;
  const parts = [
    typeof model === "string" ? visibleText(model) : "answer",
    typeof inputTokens === "number" ? `${countText(inputTokens)} in` : "",
    typeof cacheReadTokens === "number" && cacheReadTokens > 0
      ? `${countText(cacheReadTokens)} from cache`
      : "",
    typeof outputTokens === "number" ? `${countText(outputTokens)} out` : "",
    typeof costUsd === "number" ? costText(costUsd) : "",
    typeof durationMs === "number" ? durationText(durationMs) : "",
    typeof stopReason === "string" && !USUAL_STOPS.has(stopReason) ? visibleText(stopReason) : "",
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

const USUAL_STOPS = new Set(["end_turn", "tool_use"]);
