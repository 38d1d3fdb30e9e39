import { objectOf, parseObject, textOf, type Fields } from "../conversation/fields.js";
import { logRecordsIn } from "../conversation/otlp.js";
import { startReceiver, type Receiver } from "../conversation/receiver.js";
import type { ApiError, GeminiRun } from "./gemini-run.js";

/** Takes what telemetry tells of a run. */
export function receiveTelemetry(run: GeminiRun, beforeEach: () => void): Promise<Receiver> {
  return startReceiver({
    port: 0,
    onHook: () => undefined,
    onTelemetry: (body) => {
      beforeEach();
      for (const record of logRecordsIn(body)) takeRecord(run, record);
    },
  });
}

function takeRecord(run: GeminiRun, record: Fields): void {
  const sessionId = textOf(record["session.id"]);
  if (sessionId === undefined || !run.hears(sessionId)) return;
  const name = record["event.name"];
  if (name === "gemini_cli.api_response") run.api(undefined);
  if (name === "gemini_cli.api_error") run.api(apiErrorOf(record));
  if (name === "gemini_cli.chat_compression") {
    run.compacted({ tokensBefore: Number(record.tokens_before), tokensAfter: Number(record.tokens_after) });
  }
}

/** Its text is what the API has answered, mostly. */
function apiErrorOf(record: Fields): ApiError {
  const text = textOf(record.error) ?? textOf(record["error.message"]) ?? "the API refused";
  const answer = objectOf(parseObject(text)?.error);
  return { message: textOf(answer?.message) ?? text, code: textOf(answer?.status) };
}
