import { UnsupportedMediaType } from "./refusals.js";

export const JSON_TYPE = "application/json";
export const NDJSON_TYPE = "application/x-ndjson";
export const MERGE_PATCH_TYPE = "application/merge-patch+json";
export const JSON_PATCH_TYPE = "application/json-patch+json";
export const EVENT_STREAM_TYPE = "text/event-stream";

const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)/i;

/**
 * The media type of a body, one of `accepted`.
 * @throws UnsupportedMediaType when it is another, absent, or not in UTF-8
 */
export function mediaTypeOf(contentType: string | undefined, accepted: readonly string[]): string {
  if (contentType !== undefined) {
    if (accepted.includes(contentType)) return contentType;
    const [type = ""] = contentType.split(";", 1);
    const plain = type.trim().toLowerCase();
    const charset = CHARSET.exec(contentType)?.[1]?.toLowerCase() ?? "utf-8";
    if (accepted.includes(plain) && (charset === "utf-8" || charset === "utf8")) return plain;
  }
  throw new UnsupportedMediaType(contentType, accepted);
}
