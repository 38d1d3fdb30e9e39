import type { JsonObject, Metrics, TokenUsage } from "session-protocol";

export const NO_METRICS: Metrics = {
  actions: 0,
  responses: 0,
  agentsSpawned: 0,
  toolCalls: 0,
  mcpCalls: 0,
  filesModified: 0,
  bashCommands: 0,
  errors: 0,
};

export const NO_TOKENS: TokenUsage = { input: 0, output: 0, cacheRead: 0, cacheWrite: 0, total: 0 };

const COUNTER_OF = new Map<unknown, keyof Metrics>([
  ["task_spawn", "agentsSpawned"],
  ["tool_call", "toolCalls"],
  ["mcp_call", "mcpCalls"],
  ["file_write", "filesModified"],
  ["file_edit", "filesModified"],
  ["bash_exec", "bashCommands"],
  ["error", "errors"],
]);

/** Changes `metrics`, which are the caller's own: a copy for each action costs more than all else about it. */
export function countAction(metrics: Metrics, type: unknown): void {
  const counter = COUNTER_OF.get(type);
  metrics.actions += 1;
  if (counter !== undefined) metrics[counter] += 1;
}

const count = (value: unknown): number => (typeof value === "number" ? value : 0);

/** `usage` as responses carry it. The total is input and output together with what was read from and written to the cache. */
export function addUsage(tokens: TokenUsage, usage: unknown): TokenUsage {
  if (typeof usage !== "object" || usage === null) return tokens;
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = usage as JsonObject;
  const input = tokens.input + count(inputTokens);
  const output = tokens.output + count(outputTokens);
  const cacheRead = tokens.cacheRead + count(cacheReadTokens);
  const cacheWrite = tokens.cacheWrite + count(cacheWriteTokens);
  return { input, output, cacheRead, cacheWrite, total: input + output + cacheRead + cacheWrite };
}

/** US dollars to a millionth of a cent, so that a sum of many small costs does not show binary dust. */
export function addCost(total: number, costUsd: unknown): number {
  return typeof costUsd === "number" ? Math.round((total + costUsd) * 1e8) / 1e8 : total;
}

/** Whether a response's cost was computed from the price table. */
export function isEstimated({ costUsd, estimated }: JsonObject): boolean {
  return typeof costUsd === "number" && estimated === true;
}
