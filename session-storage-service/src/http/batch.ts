import { createHash } from "node:crypto";
import type { JsonObject } from "session-protocol";
import type { Command } from "../domain/decide.js";
import { InvalidRequest } from "../domain/errors.js";
import type { Submission } from "../domain/submission.js";
import { BatchReader } from "./batch-reader.js";
import type { RequestLimits } from "./limits.js";
import { JSON_TYPE, mediaTypeOf, NDJSON_TYPE } from "./media-type.js";
import { decodeUtf8, parseObject } from "./parse.js";

export const BATCH_TYPES = [JSON_TYPE, NDJSON_TYPE] as const;

/**
 * The batch a body holds, as JSON or as NDJSON. An idempotency key gives each event without an id one that a
 * repeat of the request gives it again.
 * @throws InvalidRequest or TooLarge with the path of every offending event; UnsupportedMediaType
 */
export function batchSubmission(
  bytes: Buffer,
  contentType: string | undefined,
  limits: RequestLimits,
  key?: string,
): Submission {
  const type = mediaTypeOf(contentType, BATCH_TYPES);
  const text = decodeUtf8(bytes);
  const reader = new BatchReader(limits);
  if (type === NDJSON_TYPE) readLines(text, reader);
  else readJson(text, reader);
  const { commands, create, producer } = reader.finish();
  return {
    commands: key === undefined ? commands : withIds(commands, key),
    create: create && { data: { ...create, initial: create.initial ?? {} } },
    producer,
    source: text,
    many: true,
  };
}

function readJson(text: string, reader: BatchReader): void {
  const { events, ...header } = parseObject(text);
  reader.header(header, "");
  if (!Array.isArray(events)) throw InvalidRequest.at("events", "must be an array");
  for (const event of events) reader.event(event);
}

function readLines(text: string, reader: BatchReader): void {
  let isFirst = true;
  for (let start = 0; start < text.length;) {
    const newline = text.indexOf("\n", start);
    const next = newline === -1 ? text.length : newline;
    const end = trimmedEnd(text, start, next);
    if (end > start) {
      if (!readUsualLine(text, start, end, reader)) reader.line(text.slice(start, end), isFirst);
      isFirst = false;
    }
    start = next + 1;
  }
}

/** Where the text ends without trailing blanks. */
function trimmedEnd(text: string, start: number, end: number): number {
  let last = end;
  while (last > start && text.charCodeAt(last - 1) <= 0x20) last -= 1;
  return last;
}

/** The envelope as our own senders write it, with the data last. Sticky: matches at `lastIndex` only. */
// eslint-disable-next-line no-control-regex -- JSON strings hold no control characters
const USUAL_ENVELOPE = /\{"type":"([a-z_]{1,32})",(?:"id":"([^"\\\u0000-\u001f]{1,128})",)?"data":(?=\{)/y;
const CLOSING_BRACE = 0x7d;

/**
 * Reads an event whose data stands last, keeping the data's text. What is between such an envelope's head and
 * its closing brace is the data exactly if it is one JSON value on its own, which parsing it tells; where it
 * is not, the line has another form and is left to be parsed whole.
 */
function readUsualLine(text: string, start: number, end: number, reader: BatchReader): boolean {
  if (text.charCodeAt(end - 1) !== CLOSING_BRACE) return false;
  USUAL_ENVELOPE.lastIndex = start;
  const head = USUAL_ENVELOPE.exec(text);
  if (head === null) return false;
  const raw = text.slice(USUAL_ENVELOPE.lastIndex, trimmedEnd(text, start, end - 1));
  const data = objectOf(raw);
  return data !== undefined && reader.usualEvent(head[1] as string, head[2], data, raw);
}

function objectOf(text: string): JsonObject | undefined {
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return undefined;
  }
}

const MAX_KEY_IN_ID = 120;

/** A single event takes the key itself; several are told apart by their place. */
function withIds(commands: readonly Command[], key: string): Command[] {
  const stem = key.length <= MAX_KEY_IN_ID ? key : createHash("sha256").update(key).digest("hex");
  const idAt = (index: number): string => (commands.length === 1 ? key : `${stem}#${String(index)}`);
  return commands.map((command, index) =>
    command.id === undefined ? { ...command, id: idAt(index) } : command,
  );
}
