import type { EventType, JsonObject, ProducerReport } from "session-protocol";

/** An event that was decided but has no number yet. `raw` is `data` as one line of JSON text. */
export interface NewEvent {
  readonly type: EventType;
  readonly id: string;
  readonly data: JsonObject;
  readonly raw: string;
}

/** A numbered event. It is durable once the journal has said so; only then may a reader see it. */
export interface StoredEvent extends NewEvent {
  readonly sessionId: string;
  readonly seq: number;
  /** 0 until the journal has given it one. */
  offset: number;
  /** ISO 8601: when the service stored it. */
  readonly timestamp: string;
  /** The time of its run is over: of `data` only what counts is left. */
  readonly expired?: true;
}

/** Events of one request: stored together, in order, all or none. May be empty where only `producer` changed. */
export interface EventBatch {
  readonly sessionId: string;
  /** Seq of the first event, or of the next one where there is none. */
  readonly firstSeq: number;
  readonly timestamp: string;
  readonly events: readonly StoredEvent[];
  readonly producer?: ProducerTotals | undefined;
}

/** A producer's own totals with what became of its events here. */
export interface ProducerTotals extends ProducerReport {
  readonly stored: number;
  readonly duplicates: number;
}

/** The event in its one public shape, as a line of JSON without the newline. */
export function eventJson(event: StoredEvent): string {
  return (
    `{"type":"${event.type}","sessionId":"${event.sessionId}","seq":${event.seq},"offset":${event.offset},` +
    `"id":${quoted(event.id)},"timestamp":"${event.timestamp}",${markOf(event)}"data":${event.raw}}`
  );
}

/** Stands before the data wherever an event is written. */
export const EXPIRED_MARK = '"expired":true,';

export function markOf({ expired }: StoredEvent): string {
  return expired === true ? EXPIRED_MARK : "";
}

const PLAIN = /^[A-Za-z0-9._:-]*$/;

/** `text` as a JSON string; the common case costs no escaping pass. */
export function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}
