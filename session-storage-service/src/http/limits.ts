import type { Config } from "../config.js";
import type { JsonLimits } from "./json-limits.js";

/** What a request may bring. */
export interface RequestLimits extends JsonLimits {
  readonly bodyBytes: number;
  /** Of one event's data as JSON text. */
  readonly eventBytes: number;
  readonly batchEvents: number;
}

export function limitsOf(config: Config): RequestLimits {
  return {
    bodyBytes: config.BODY_LIMIT_BYTES,
    eventBytes: config.EVENT_LIMIT_BYTES,
    batchEvents: config.BATCH_LIMIT_EVENTS,
    nesting: config.NESTING_LIMIT,
    keys: config.KEYS_LIMIT,
  };
}
