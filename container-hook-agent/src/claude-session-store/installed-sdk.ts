import type { FoldSessionSummary } from "./types.js";

/** Not a literal, so that neither the compiler nor a bundler wants it to be there. */
const SDK = ["@anthropic-ai", "claude-agent-sdk"].join("/");
let found: Promise<FoldSessionSummary | undefined> | undefined;

/** What the SDK beside this package makes summaries with. Undefined: there is none that does. */
export function installedFold(): Promise<FoldSessionSummary | undefined> {
  found ??= import(SDK).then(
    ({ foldSessionSummary: fold }: { foldSessionSummary?: unknown }) =>
      typeof fold === "function" ? (fold as FoldSessionSummary) : undefined,
    () => undefined,
  );
  return found;
}
