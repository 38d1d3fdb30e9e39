import type { Response } from "session-protocol";
import type { RequestCost } from "./telemetry.js";

export interface PricingOptions {
  readonly now: () => number;
  readonly onResponse: (response: Response, agentId: string) => void;
}

interface Waiting {
  readonly response: Response;
  readonly agentId: string;
  readonly sinceMs: number;
}

/** A cost that has not come by then does not come: telemetry is off, or the request was never finished. */
const WAIT_MS = 2_000;
const MAX_COSTS = 10_000;

/** Puts an answer and what it has cost together: the transcript tells the one, telemetry the other. */
export class Pricing {
  readonly #options: PricingOptions;
  readonly #costs = new Map<string, number>();
  #waiting: Waiting[] = [];
  #isOn = false;

  constructor(options: PricingOptions) {
    this.#options = options;
  }

  /** Costs will come. */
  expect(): void {
    this.#isOn = true;
  }

  learn({ requestId, costUsd }: RequestCost): void {
    this.#costs.set(requestId, costUsd);
    const [oldest] = this.#costs.keys();
    if (this.#costs.size > MAX_COSTS && oldest !== undefined) this.#costs.delete(oldest);
    this.release();
  }

  add(response: Response, agentId: string): void {
    this.#waiting.push({ response, agentId, sinceMs: this.#options.now() });
    this.release();
  }

  /** Tells the answers, in order, up to the first that may still learn its cost. */
  release(waitMs = this.#isOn ? WAIT_MS : 0): void {
    const ready = this.#waiting.findIndex((waiting) => !this.#isReady(waiting, waitMs));
    const told = this.#waiting.splice(0, ready === -1 ? this.#waiting.length : ready);
    for (const { response, agentId } of told) this.#options.onResponse(this.#priced(response), agentId);
  }

  #isReady({ response, sinceMs }: Waiting, waitMs: number): boolean {
    return this.#costs.has(String(response.requestId)) || this.#options.now() - sinceMs >= waitMs;
  }

  #priced(response: Response): Response {
    const requestId = String(response.requestId);
    const costUsd = this.#costs.get(requestId);
    this.#costs.delete(requestId);
    return costUsd === undefined ? response : { ...response, costUsd };
  }
}
