import { isUtf8 } from "node:buffer";
import type { JsonObject } from "session-protocol";
import { InvalidRequest } from "../domain/errors.js";
import { refuseExcess } from "./json-limits.js";
import type { RequestLimits } from "./limits.js";
import { TooLarge } from "./refusals.js";

/** A body that is one event's data. `raw` is the same as one line of JSON text. */
export interface ParsedBody {
  readonly value: JsonObject;
  readonly raw: string;
}

export const emptyBody = (): ParsedBody => ({ value: {}, raw: "{}" });

/** The bytes as text. @throws InvalidRequest when they are not UTF-8 */
export function decodeUtf8(bytes: Buffer): string {
  if (!isUtf8(bytes)) throw InvalidRequest.at("", "is not valid UTF-8");
  return bytes.toString("utf8");
}

/**
 * A body that holds one JSON object, within the limits of one event.
 * @throws InvalidRequest, TooLarge
 */
export function parseJsonBody(bytes: Buffer, limits: RequestLimits): ParsedBody {
  const text = decodeUtf8(bytes);
  const value = parseObject(text);
  refuseExcess(value, limits);
  const raw = oneLine(text, value);
  if (bytes.length > limits.eventBytes) refuseLargeEvent(raw, limits, "");
  return { value, raw };
}

/** @throws InvalidRequest naming `path` */
export function parseObject(text: string, path = ""): JsonObject {
  const value = parseJson(text, path);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw InvalidRequest.at(path, "must be a JSON object");
  }
  return value as JsonObject;
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw InvalidRequest.at(
      path,
      text.trim() === "" ? "must be a JSON object" : `is not valid JSON: ${reasonOf(error)}`,
    );
  }
}

/** V8 quotes the text it stumbled over; a line break in there would spoil the sentence. */
function reasonOf(error: unknown): string {
  return (error as Error).message.replaceAll(/\s+/g, " ");
}

/** The text as sent, unless it spans lines: one event is one line in every file. */
export function oneLine(text: string, value: JsonObject): string {
  return text.includes("\n") || text.includes("\r") ? onOneLine(text.trim(), value) : text.trim();
}

function onOneLine(trimmed: string, value: JsonObject): string {
  return trimmed.includes("\n") || trimmed.includes("\r") ? JSON.stringify(value) : trimmed;
}

/** @throws TooLarge naming `path` */
export function refuseLargeEvent(raw: string, { eventBytes }: RequestLimits, path: string): void {
  // A UTF-16 unit takes at most three bytes of UTF-8, so most texts need no counting.
  if (raw.length * 3 > eventBytes && Buffer.byteLength(raw) > eventBytes) {
    throw new TooLarge(path === "" ? "the event" : path, eventBytes, path);
  }
}
