import type { EventType, JsonObject } from "session-protocol";
import { EXPIRED_MARK, markOf, quoted, type StoredEvent } from "../domain/events.js";

/** The three logs of a session, one file each. */
export type LogKind = "actions" | "responses" | "events";
export const LOG_KINDS: readonly LogKind[] = ["actions", "responses", "events"];

export function logOf(type: EventType): LogKind {
  if (type === "action") return "actions";
  return type === "response" ? "responses" : "events";
}

/** In the text of every line that holds what was set aside, and hardly in any other: a quick look for it. */
export const SET_ASIDE = '$sent":';

/** Keys of the line's header: what a sender puts under one of these is kept under `$sent`. */
const RESERVED = new Set(["seq", "offset", "id", "receivedAt", "expired", "$sent"]);

/** The event as a line of its log, with the newline. Format: docs/storage-format.md. */
export function encodeLine(event: StoredEvent): string {
  const head = `{"seq":${event.seq},"offset":${event.offset},"id":${quoted(event.id)}`;
  if (logOf(event.type) === "events") {
    return `${head},"timestamp":"${event.timestamp}",${markOf(event)}"type":"${event.type}","data":${event.raw}}\n`;
  }
  let timeKey = "timestamp";
  let isFlat = true;
  for (const key in event.data) {
    if (key === "timestamp") timeKey = "receivedAt";
    else if (RESERVED.has(key)) isFlat = false;
  }
  const body = isFlat ? event.raw : JSON.stringify(setAside(event.data));
  return `${head},"${timeKey}":"${event.timestamp}",${markOf(event)}${body.slice(1)}\n`;
}

function setAside(data: JsonObject): JsonObject {
  const flat: JsonObject = {};
  const sent: JsonObject = {};
  for (const [key, value] of Object.entries(data)) {
    (RESERVED.has(key) ? sent : flat)[key] = value;
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
  readonly expired: boolean;
  readonly bodyAt: number;
}

const SEQ_KEY = '{"seq":';
const SEQ_AT = SEQ_KEY.length;
const OFFSET_KEY = ',"offset":';
const ID_KEY = ',"id":"';
const TIMESTAMP_KEY = '","timestamp":"';
/** Follows an id whose event has a time of its sender's. */
export const RECEIVED_KEY = '","receivedAt":"';
const TIMESTAMP_LENGTH = "2026-01-01T00:00:00.000Z".length;
const ZERO = 48;
const NINE = 57;

/** The seq a line begins with, or 0 where it is no line of ours. Cheap: it looks at the first characters only. */
export function seqOf(line: string): number {
  return line.startsWith(SEQ_KEY) ? numberAt(line, SEQ_AT) : 0;
}

/** The offset a line begins with, after its seq, or 0 where it is no line of ours. */
export function offsetOf(line: string): number {
  if (!line.startsWith(SEQ_KEY)) return 0;
  const seqEnd = digitsEnd(line, SEQ_AT);
  return line.startsWith(OFFSET_KEY, seqEnd) ? numberAt(line, seqEnd + OFFSET_KEY.length) : 0;
}

function numberAt(text: string, start: number): number {
  let value = 0;
  let position = start;
  for (let unit = text.charCodeAt(position); unit >= ZERO && unit <= NINE; unit = text.charCodeAt(position)) {
    value = value * 10 + (unit - ZERO);
    position += 1;
  }
  return value;
}

/** Where the parts of a line's header are. */
interface HeaderPlace {
  readonly offsetAt: number;
  readonly idAt: number;
  readonly idEnd: number;
  readonly timeAt: number;
  readonly expired: boolean;
  readonly bodyAt: number;
}

/** Undefined where the line does not have the header this service writes. `line` is without its newline. */
export function locateHeader(line: string): HeaderPlace | undefined {
  if (!line.startsWith(SEQ_KEY)) return undefined;
  const seqEnd = digitsEnd(line, SEQ_AT);
  if (!line.startsWith(OFFSET_KEY, seqEnd)) return undefined;
  const offsetAt = seqEnd + OFFSET_KEY.length;
  const offsetEnd = digitsEnd(line, offsetAt);
  if (!line.startsWith(ID_KEY, offsetEnd)) return undefined;
  const idAt = offsetEnd + ID_KEY.length;
  const idEnd = closingQuote(line, idAt);
  const isReceived = line.startsWith(RECEIVED_KEY, idEnd);
  if (!isReceived && !line.startsWith(TIMESTAMP_KEY, idEnd)) return undefined;
  const timeAt = idEnd + (isReceived ? RECEIVED_KEY : TIMESTAMP_KEY).length;
  const markAt = timeAt + TIMESTAMP_LENGTH + 2;
  if (line.charCodeAt(markAt - 1) !== 0x2c || line.charCodeAt(line.length - 1) !== 0x7d) return undefined;
  const expired = line.startsWith(EXPIRED_MARK, markAt);
  const bodyAt = expired ? markAt + EXPIRED_MARK.length : markAt;
  return { offsetAt, idAt, idEnd, timeAt, expired, bodyAt };
}

export function parseHeader(line: string): LineHeader | undefined {
  const place = locateHeader(line);
  if (place === undefined) return undefined;
  const { offsetAt, idAt, idEnd, timeAt, expired, bodyAt } = place;
  return {
    seq: numberAt(line, SEQ_AT),
    offset: numberAt(line, offsetAt),
    rawId: line.slice(idAt, idEnd),
    timestamp: line.slice(timeAt, timeAt + TIMESTAMP_LENGTH),
    expired,
    bodyAt,
  };
}

/** The id that a header has the text of. */
export function decodedId(rawId: string): string {
  if (/^[ -~]*$/.test(rawId) && !rawId.includes("\\")) return rawId;
  return JSON.parse(Buffer.from(`"${rawId}"`, "latin1").toString("utf8")) as string;
}

function digitsEnd(text: string, start: number): number {
  let end = start;
  for (let unit = text.charCodeAt(end); unit >= ZERO && unit <= NINE; unit = text.charCodeAt(end)) end += 1;
  return end;
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
  const { seq, offset, rawId, timestamp, expired, bodyAt } = header;
  const mark = expired ? EXPIRED_MARK : "";
  const tail = `"sessionId":"${sessionId}","seq":${seq},"offset":${offset},"id":"${rawId}","timestamp":"${timestamp}",${mark}"data":`;
  if (kind === "events") {
    const typeAt = bodyAt + TYPE_KEY.length;
    const typeEnd = line.indexOf(DATA_KEY, typeAt);
    return `{"type":"${line.slice(typeAt, typeEnd)}",${tail}${line.slice(typeEnd + DATA_KEY.length)}`;
  }
  return `{"type":"${kind === "actions" ? "action" : "response"}",${tail}${dataText(line, bodyAt)}}`;
}

function dataText(line: string, bodyAt: number): string {
  const text = `{${line.slice(bodyAt)}`;
  if (!text.includes(SET_ASIDE)) return text;
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
    if (header.expired) return { ...event, raw: JSON.stringify(event.data) };
    const raw = text.slice(text.indexOf('","data":', text.indexOf('"timestamp":"')) + DATA_KEY.length, -1);
    return { ...event, raw };
  } catch {
    return undefined;
  }
}
