import { eventJson, type StoredEvent } from "../domain/events.js";

/** A durable event on its way to subscribers. Its text and frame are made once, whoever reads them. */
export class FeedEvent {
  #json: string | undefined;

  constructor(readonly event: StoredEvent) {}

  get seq(): number {
    return this.event.seq;
  }

  get offset(): number {
    return this.event.offset;
  }

  get json(): string {
    return (this.#json ??= eventJson(this.event));
  }
}
