import { numberOf, textOf, type Fields } from "../conversation/fields.js";
import { logRecordsIn } from "../conversation/otlp.js";
import { TELEMETRY_PATH } from "../conversation/receiver.js";

/** What a request to the model's API has cost. */
export interface RequestCost {
  readonly requestId: string;
  readonly costUsd: number;
}

/** Short, so that an answer does not wait long for its cost. */
const EXPORT_EVERY_MS = "400";

/** The environment with which Claude Code sends its own log, and that alone, to the recorder. */
export function telemetryEnv(hookUrl: string): Readonly<Record<string, string>> {
  return {
    CLAUDE_CODE_ENABLE_TELEMETRY: "1",
    OTEL_LOGS_EXPORTER: "otlp",
    OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: "http/json",
    OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: `${new URL(hookUrl).origin}${TELEMETRY_PATH}`,
    OTEL_LOGS_EXPORT_INTERVAL: EXPORT_EVERY_MS,
  };
}

/** Whether these variables send telemetry somewhere, which is then left alone. */
export const hasTelemetry = (env: Readonly<Record<string, unknown>>): boolean =>
  Object.keys(env).some((name) => name.startsWith("OTEL_") || name === "CLAUDE_CODE_ENABLE_TELEMETRY");

/** The costs in a request of OTLP over HTTP, in JSON. */
export function costsIn(body: string): readonly RequestCost[] {
  return logRecordsIn(body).flatMap((attributes) => costOf(attributes) ?? []);
}

function costOf(attributes: Fields): RequestCost | undefined {
  const requestId = textOf(attributes.request_id);
  const costUsd = numberOf(Number(attributes.cost_usd));
  if (attributes["event.name"] !== "api_request" || requestId === undefined) return undefined;
  return costUsd === undefined || costUsd < 0
    ? undefined
    : { requestId, costUsd: Math.round(costUsd * 1e9) / 1e9 };
}
