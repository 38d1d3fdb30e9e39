import type { FeedItem, Wrapping } from "../feed/group.js";

const TYPE_AT = '{"type":"'.length;

/** The type of an event that is JSON text. */
export function typeOf(text: string): string {
  return text.slice(TYPE_AT, text.indexOf('"', TYPE_AT));
}

function eventHead(place: number, text: string): string {
  return `id: ${String(place)}\nevent: ${typeOf(text)}\ndata: `;
}

/** Events as server-sent events (WHATWG HTML, section 9.2); `id` is the place, to be sent back as `Last-Event-ID`. */
export const serverSentEvents: Wrapping = {
  bytes(items: readonly FeedItem[]): Buffer {
    return Buffer.concat(
      items.flatMap(({ place, text, encoding }) => [
        Buffer.from(eventHead(place, text)),
        Buffer.from(text, encoding),
        Buffer.from("\n\n"),
      ]),
    );
  },
};
