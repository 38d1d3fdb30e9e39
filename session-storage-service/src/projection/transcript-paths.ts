import path from "node:path";
import type { TranscriptKey } from "../domain/transcript-changes.js";

const EXTENSION = ".jsonl";
const MAIN = "main";
/** Stands for a subpath that cannot be a path itself. */
const ENCODED = "~";
/** A file name takes 255 bytes. */
const SEGMENT_CHARS = 200;
const PLAIN_SEGMENT = /^(?!.*\.jsonl$)[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/;

/**
 * The file of a transcript in its session's folder. A subpath of plain segments is its own name; any other
 * becomes base64url, cut into segments: neither can leave the folder, and no two have the same file.
 */
export function transcriptFile({ subpath }: Pick<TranscriptKey, "subpath">): string {
  if (subpath === undefined) return MAIN + EXTENSION;
  if (isPlain(subpath)) return subpath + EXTENSION;
  const text = Buffer.from(subpath).toString("base64url");
  const segments = text.match(new RegExp(`.{1,${String(SEGMENT_CHARS)}}`, "g")) ?? [];
  return path.join(ENCODED, ...segments) + EXTENSION;
}

/** The subpath whose file that is; undefined for the main transcript and for what is none. */
export function subpathOf(file: string): string | undefined {
  if (!file.endsWith(EXTENSION)) return undefined;
  const segments = file.slice(0, -EXTENSION.length).split(path.sep);
  const name = segments.join("/");
  if (segments[0] !== ENCODED) return isPlain(name) ? name : undefined;
  return Buffer.from(segments.slice(1).join(""), "base64url").toString("utf8");
}

function isPlain(subpath: string): boolean {
  return subpath !== MAIN && subpath.split("/").every((segment) => PLAIN_SEGMENT.test(segment));
}
