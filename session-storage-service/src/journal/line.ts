import { crc32 } from "node:zlib";
import type { EventType, JsonObject } from "session-protocol";
import { markOf, quoted, type EventBatch, type ProducerTotals, type StoredEvent } from "../domain/events.js";
import { elementTexts, memberTexts, skipValue } from "../domain/json-text.js";
import {
  isTranscriptChange,
  type TranscriptAnswer,
  type TranscriptChange,
} from "../domain/transcript-changes.js";

/**
 * What a line of a segment says: a committed batch, what became of a transcript, or that `--repair` took damage
 * out here.
 */
export type JournalRecord = BatchRecord | TranscriptRecord | LossRecord;

export interface TranscriptRecord {
  readonly kind: "transcript";
  readonly firstOffset: number;
  readonly group: number;
  readonly change: TranscriptChange;
}

export interface BatchRecord {
  readonly kind: "batch";
  readonly firstOffset: number;
  /** First offset of the commit this batch shared one write and one sync with. */
  readonly group: number;
  readonly batch: EventBatch;
}

/** Offsets from `firstOffset` up to, not including, `nextOffset` were in the damaged bytes. */
export interface LossRecord {
  readonly kind: "loss";
  readonly firstOffset: number;
  readonly nextOffset: number;
  /** Where the damaged bytes were set aside. */
  readonly file: string;
}

const CRC_DIGITS = 8;
const LF = 0x0a;

/** As a line with its newline. Format: docs/storage-format.md. */
export function encodeEntry(
  entry: EventBatch | TranscriptChange,
  firstOffset: number,
  group: number,
): string {
  return withCrc(entryJson(entry, firstOffset, group));
}

/** What its line says after the checksum. */
export function entryJson(entry: EventBatch | TranscriptChange, firstOffset: number, group: number): string {
  return isTranscriptChange(entry)
    ? transcriptJson(entry, firstOffset, group)
    : batchJson(entry, firstOffset, group);
}

function transcriptJson(change: TranscriptChange, firstOffset: number, group: number): string {
  const { transcript, timestamp } = change;
  const head =
    `{"offset":${firstOffset},"group":${group},"transcript":${JSON.stringify(transcript)},` +
    `"timestamp":"${timestamp}"`;
  if (change.kind === "deleted") return `${head},"deleted":true}`;
  const summary = change.summary === undefined ? "" : `"summary":${change.summary},`;
  const answer = change.answer === undefined ? "" : `"answer":${JSON.stringify(change.answer)},`;
  return `${head},"index":${change.index},${answer}${summary}"entries":[${change.entries.join(",")}]}`;
}

function batchJson(batch: EventBatch, firstOffset: number, group: number): string {
  const { sessionId, firstSeq, timestamp, producer } = batch;
  let events = "";
  for (const event of batch.events) {
    const own = event.timestamp === timestamp ? "" : `"timestamp":"${event.timestamp}",`;
    events += `${events === "" ? "" : ","}{"type":"${event.type}","id":${quoted(event.id)},${own}${markOf(event)}"data":${event.raw}}`;
  }
  const from = producer === undefined ? "" : `"producer":${JSON.stringify(producer)},`;
  return (
    `{"offset":${firstOffset},"group":${group},"sessionId":"${sessionId}","seq":${firstSeq},` +
    `"timestamp":"${timestamp}",${from}"events":[${events}]}`
  );
}

export function encodeLoss({ firstOffset, nextOffset, file }: Omit<LossRecord, "kind">): string {
  return withCrc(JSON.stringify({ lost: { offset: firstOffset, nextOffset, file } }));
}

function withCrc(json: string): string {
  return `${crc32(json).toString(16).padStart(CRC_DIGITS, "0")} ${json}\n`;
}

/** The record of one line, its newline included, or undefined where the line is damaged. */
export function decodeLine(line: Buffer): JournalRecord | undefined {
  const end = line.length - 1;
  if (end < CRC_DIGITS + 2 || line[end] !== LF || line[CRC_DIGITS] !== 0x20) return undefined;
  const body = line.subarray(CRC_DIGITS + 1, end);
  if (line.toString("latin1", 0, CRC_DIGITS) !== crc32(body).toString(16).padStart(CRC_DIGITS, "0"))
    return undefined;
  return parse(body.toString("utf8"));
}

interface BatchJson {
  offset: number;
  group: number;
  sessionId: string;
  seq: number;
  timestamp: string;
  producer?: ProducerTotals;
  events: { type: EventType; id: string; timestamp?: string; expired?: true; data: JsonObject }[];
}

interface TranscriptJson {
  offset: number;
  group: number;
  transcript: TranscriptChange["transcript"];
  timestamp: string;
  index?: number;
  answer?: TranscriptAnswer;
}

/** The checksum vouches for the shape: only `encodeEntry` and `encodeLoss` write these lines. */
function parse(text: string): JournalRecord {
  const json = JSON.parse(text) as
    BatchJson | TranscriptJson | { lost: { offset: number; nextOffset: number; file: string } };
  if ("transcript" in json) return transcriptRecord(json, text);
  if ("lost" in json) {
    const { offset, nextOffset, file } = json.lost;
    return { kind: "loss", firstOffset: offset, nextOffset, file };
  }
  const { offset, group, sessionId, seq, timestamp, producer } = json;
  const raws = rawData(text);
  const events = json.events.map((event, index): StoredEvent => ({
    type: event.type,
    sessionId,
    seq: seq + index,
    offset: offset + index,
    id: event.id,
    timestamp: event.timestamp ?? timestamp,
    ...(event.expired === true ? { expired: true } : {}),
    data: event.data,
    raw: raws[index] ?? "",
  }));
  return {
    kind: "batch",
    firstOffset: offset,
    group,
    batch: { sessionId, firstSeq: seq, timestamp, events, producer },
  };
}

function transcriptRecord(json: TranscriptJson, text: string): TranscriptRecord {
  const { offset, group, transcript, timestamp, index, answer } = json;
  const record = { kind: "transcript", firstOffset: offset, group } as const;
  if (index === undefined) return { ...record, change: { kind: "deleted", transcript, timestamp } };
  const members = memberTexts(text);
  const entries = elementTexts(members.get("entries") ?? "[]");
  const summary = members.get("summary");
  return { ...record, change: { kind: "appended", transcript, timestamp, index, entries, summary, answer } };
}

/** The text of each event's `data`, byte for byte as it was sent. */
function rawData(text: string): string[] {
  const raws: string[] = [];
  let position = text.indexOf('"events":[') + '"events":['.length;
  while (text[position] === "{") {
    const dataAt = fieldValueAt(text, position + 1, "data");
    const end = skipValue(text, dataAt);
    raws.push(text.slice(dataAt, end));
    position = end + 1;
    if (text[position] === ",") position += 1;
  }
  return raws;
}

/** Where the value of the named field begins, given where the object's first key begins. */
function fieldValueAt(text: string, firstKeyAt: number, name: string): number {
  for (let position = firstKeyAt; ;) {
    const keyEnd = skipValue(text, position);
    if (text.slice(position + 1, keyEnd - 1) === name) return keyEnd + 1;
    position = skipValue(text, keyEnd + 1) + 1;
  }
}
