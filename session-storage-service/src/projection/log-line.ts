import type { EventType, JsonObject } from "session-protocol";
import { quoted, type StoredEvent } from "../domain/events.js";

/** The three logs of a session, one file each. */
export type LogKind = "actions" | "responses" | "events";
export const LOG_KINDS: readonly LogKind[] = ["actions", "responses", "events"];

export function logOf(type: EventType): LogKind {
  if (type === "action") return "actions";
  return type === "response" ? "responses" : "events";
}

/** Keys of the line's header: what a sender puts under one of these is kept under `$sent`. */
const RESERVED = ["seq", "offset", "id", "receivedAt", "$sent"] as const;

/** The event as a line of its log, with the newline. Format: docs/storage-format.md. */
export function encodeLine(event: StoredEvent): string {
  const head = `{"seq":${event.seq},"offset":${event.offset},"id":${quoted(event.id)}`;
  if (logOf(event.type) === "events") {
    return `${head},"timestamp":"${event.timestamp}","type":"${event.type}","data":${event.raw}}\n`;
  }
  const timeKey = Object.hasOwn(event.data, "timestamp") ? "receivedAt" : "timestamp";
  const body = RESERVED.some((key) => Object.hasOwn(event.data, key))
    ? JSON.stringify(setAside(event.data))
    : event.raw;
  return `${head},"${timeKey}":"${event.timestamp}",${body.slice(1)}\n`;
}

function setAside(data: JsonObject): JsonObject {
  const flat: JsonObject = {};
  const sent: JsonObject = {};
  for (const [key, value] of Object.entries(data)) {
    (RESERVED.includes(key as (typeof RESERVED)[number]) ? sent : flat)[key] = value;
  }
  return { ...flat, $sent: sent };
}

/** The header every line begins with. `bodyAt` is where the rest begins, after the comma. */
export interface LineHeader {
  readonly seq: number;
  readonly offset: number;
  /** The id's text between its quotes, still escaped. */
  readonly rawId: string;
  readonly timestamp: string;
  readonly bodyAt: number;
}

const SEQ_AT = '{"seq":'.length;
const OFFSET_KEY = ',"offset":';
const ID_KEY = ',"id":"';
const TIMESTAMP_KEY = '","timestamp":"';
const RECEIVED_KEY = '","receivedAt":"';
const TIMESTAMP_LENGTH = "2026-01-01T00:00:00.000Z".length;
const ZERO = 48;
const NINE = 57;

/** The seq a line begins with, or 0 where it is no line of ours. Cheap: it looks at the first characters only. */
export function seqOf(line: string): number {
  return line.startsWith('{"seq":') ? digits(line, SEQ_AT).value : 0;
}

/** The offset a line begins with, after its seq, or 0 where it is no line of ours. */
export function offsetOf(line: string): number {
  if (!line.startsWith('{"seq":')) return 0;
  const { end } = digits(line, SEQ_AT);
  return line.startsWith(OFFSET_KEY, end) ? digits(line, end + OFFSET_KEY.length).value : 0;
}

function digits(text: string, start: number): { value: number; end: number } {
  let value = 0;
  let end = start;
  for (let unit = text.charCodeAt(end); unit >= ZERO && unit <= NINE; unit = text.charCodeAt(end)) {
    value = value * 10 + (unit - ZERO);
    end += 1;
  }
  return { value, end };
}

/** Undefined where the line does not have the header this service writes. `line` is without its newline. */
export function parseHeader(line: string): LineHeader | undefined {
  if (!line.startsWith('{"seq":')) return undefined;
  const seq = digits(line, SEQ_AT);
  if (!line.startsWith(OFFSET_KEY, seq.end)) return undefined;
  const offset = digits(line, seq.end + OFFSET_KEY.length);
  if (!line.startsWith(ID_KEY, offset.end)) return undefined;
  const idAt = offset.end + ID_KEY.length;
  const idEnd = closingQuote(line, idAt);
  const key = line.startsWith(TIMESTAMP_KEY, idEnd) ? TIMESTAMP_KEY : RECEIVED_KEY;
  if (key === RECEIVED_KEY && !line.startsWith(RECEIVED_KEY, idEnd)) return undefined;
  const timeAt = idEnd + key.length;
  const bodyAt = timeAt + TIMESTAMP_LENGTH + 2;
  if (line.charCodeAt(bodyAt - 1) !== 0x2c || line.charCodeAt(line.length - 1) !== 0x7d) return undefined;
  return {
    seq: seq.value,
    offset: offset.value,
    rawId: line.slice(idAt, idEnd),
    timestamp: line.slice(timeAt, timeAt + TIMESTAMP_LENGTH),
    bodyAt,
  };
}

function closingQuote(text: string, start: number): number {
  let end = text.indexOf('"', start);
  while (end !== -1 && text.charCodeAt(end - 1) === 0x5c) {
    let slashes = 1;
    while (text.charCodeAt(end - 1 - slashes) === 0x5c) slashes += 1;
    if (slashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return end === -1 ? text.length : end;
}

const DATA_KEY = '","data":';
const TYPE_KEY = '"type":"';

/** The line's event as public JSON text. The header was read from this line. */
export function eventText(kind: LogKind, sessionId: string, line: string, header: LineHeader): string {
  const { seq, offset, rawId, timestamp, bodyAt } = header;
  const tail = `"sessionId":"${sessionId}","seq":${seq},"offset":${offset},"id":"${rawId}","timestamp":"${timestamp}","data":`;
  if (kind === "events") {
    const typeAt = bodyAt + TYPE_KEY.length;
    const typeEnd = line.indexOf(DATA_KEY, typeAt);
    return `{"type":"${line.slice(typeAt, typeEnd)}",${tail}${line.slice(typeEnd + DATA_KEY.length)}`;
  }
  return `{"type":"${kind === "actions" ? "action" : "response"}",${tail}${dataText(line, bodyAt)}}`;
}

function dataText(line: string, bodyAt: number): string {
  const text = `{${line.slice(bodyAt)}`;
  if (!text.includes('"$sent":')) return text;
  const { $sent, ...rest } = parseLatin1(text);
  if ($sent === undefined) return text;
  return asLatin1(JSON.stringify({ ...rest, ...($sent as JsonObject) }));
}

/** Parses JSON text that holds UTF-8 bytes as latin1 characters. */
export function parseLatin1(text: string): JsonObject {
  return JSON.parse(Buffer.from(text, "latin1").toString("utf8")) as JsonObject;
}

export function asLatin1(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** The stored event of a line (latin1 characters), or undefined where the line is damaged. */
export function decodeEvent(kind: LogKind, sessionId: string, line: string): StoredEvent | undefined {
  const header = parseHeader(line);
  if (header === undefined) return undefined;
  try {
    const text = Buffer.from(eventText(kind, sessionId, line, header), "latin1").toString("utf8");
    const event = JSON.parse(text) as Omit<StoredEvent, "raw">;
    const raw = text.slice(text.indexOf('","data":', text.indexOf('"timestamp":"')) + DATA_KEY.length, -1);
    return { ...event, raw };
  } catch {
    return undefined;
  }
}
