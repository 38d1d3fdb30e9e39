import { createHash } from "node:crypto";
import { TranscriptAppend, type JsonObject } from "session-protocol";
import type { Command } from "../domain/decide.js";
import { elementTexts, memberTexts } from "../domain/json-text.js";
import type { TranscriptKey } from "../domain/transcript-changes.js";
import type { TranscriptEntry } from "../domain/transcripts.js";
import { check } from "./commands.js";
import { refuseExcess } from "./json-limits.js";
import type { RequestLimits } from "./limits.js";
import { decodeUtf8, oneLine, parseObject } from "./parse.js";

export interface ReadAppend {
  readonly subpath: string | undefined;
  readonly recorderSession: string | undefined;
  readonly entries: readonly TranscriptEntry[];
  readonly summary: string | undefined;
}

/**
 * What a body appends, its entries as they were sent. Each may have as many keys as an event.
 * @throws InvalidRequest with every offending path
 */
export function readAppend(bytes: Buffer, limits: RequestLimits): ReadAppend {
  const text = decodeUtf8(bytes);
  const value = parseObject(text);
  const { subpath, recorderSession } = check(TranscriptAppend, value);
  // As sent: zod leaves keys such as __proto__ out without a word.
  const { entries, summary } = value as TranscriptAppend;
  for (const [index, entry] of entries.entries()) refuseExcess(entry, limits, `entries.${String(index)}`);
  if (summary !== undefined) refuseExcess(summary, limits, "summary");
  const members = memberTexts(text);
  const raws = elementTexts(members.get("entries") ?? "[]");
  return {
    subpath,
    recorderSession,
    entries: entries.map((entry, index) => entryOf(entry, raws[index] as string)),
    summary: summary && oneLine(members.get("summary") as string, summary),
  };
}

function entryOf(value: JsonObject, text: string): TranscriptEntry {
  return { uuid: typeof value.uuid === "string" ? value.uuid : undefined, raw: oneLine(text, value) };
}

/**
 * The event of an append. Its id follows from what was appended, so that a request that is repeated after a crash
 * stores it, and stores it once.
 */
export function appendedEvent(key: TranscriptKey, { entries }: ReadAppend, total: number): Command {
  const { projectKey, sessionId: transcriptSessionId, subpath } = key;
  const data: JsonObject = {
    projectKey,
    transcriptSessionId,
    ...(subpath === undefined ? {} : { subpath }),
    entries: entries.length,
    total,
  };
  const raw = JSON.stringify(data);
  const last = entries.at(-1)?.raw ?? "";
  const id = `transcript-${createHash("sha256").update(`${raw}\n${last}`).digest("hex").slice(0, 40)}`;
  return { type: "transcript_appended", id, data, raw };
}
