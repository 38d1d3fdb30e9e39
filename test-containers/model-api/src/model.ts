import type { IncomingMessage, ServerResponse } from "node:http";
import { ZodError } from "zod";
import { Refusal, type Conversation } from "./conversation.js";
import type { Dialect } from "./dialects.js";
import { Holds } from "./holds.js";
import { goneSignal, pathOf, send, textOf } from "./messages.js";
import { AS_SCRIPTED, placeOf, Player, type Place } from "./play.js";
import { relay, type Upstream } from "./relay.js";
import { replyOf } from "./reply.js";
import type { Script } from "./scenario.js";

export interface ModelOptions {
  readonly script: Script;
  /** Where requests go instead of being played. */
  readonly upstream?: Upstream | undefined;
  /** Told of what could not be played. */
  readonly warn: (message: string) => void;
}

const MAX_REQUESTS_KEPT = 10_000;

interface SeenRequest {
  /** On this process's own clock. */
  readonly atMs: number;
  readonly path: string;
  /** What was played, such as `booking/2`. */
  readonly step: string | undefined;
}

/** Answers as a model would, as the script says. */
export class Model {
  readonly holds = new Holds();
  /** What was asked, the oldest first. */
  readonly requests: SeenRequest[] = [];
  readonly #player = new Player();
  readonly #options: ModelOptions;

  constructor(options: ModelOptions) {
    this.#options = options;
  }

  async answer(dialect: Dialect, request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      await this.#answer(dialect, request, response);
    } catch (error) {
      const refusal = refusalOf(error);
      if (refusal.message !== AS_SCRIPTED) this.#options.warn(`${pathOf(request)}: ${refusal.message}`);
      if (response.headersSent) response.destroy();
      else send(response, refusal.status, dialect.error(refusal));
    }
  }

  async #answer(dialect: Dialect, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { script, upstream } = this.#options;
    const body = await textOf(request);
    const conversation = dialect.parse(JSON.parse(body));
    const place = placeOf(script, conversation);
    this.#see(request, place);
    const gone = goneSignal(response);
    if (place) await this.holds.pass(nameOf(place), gone);
    if (upstream) return relay(upstream, request, body, response, gone);
    if (!place) throw new Refusal(400, "invalid_request_error", `no scenario is for ${shown(conversation)}`);
    const turn = this.#player.turn(place, conversation);
    const reply = replyOf(turn, conversation, place.step, script.usage);
    if (!conversation.isStream) {
      send(response, 200, dialect.whole(reply));
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream", "request-id": `req_${reply.id}` });
    for (const part of dialect.stream(reply)) response.write(part);
    response.end();
  }

  #see(request: IncomingMessage, place: Place | undefined): void {
    this.requests.push({ atMs: performance.now(), path: pathOf(request), step: place && nameOf(place) });
    if (this.requests.length > MAX_REQUESTS_KEPT) this.requests.shift();
  }
}

const nameOf = ({ scenario, step }: Place): string => `${scenario.name}/${step}`;

const shown = ({ system, messages }: Conversation): string =>
  JSON.stringify({ system: system.slice(0, 200), last: messages.at(-1)?.text.slice(0, 200) });

function refusalOf(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof ZodError || error instanceof SyntaxError)
    return new Refusal(400, "invalid_request_error", error.message);
  return new Refusal(500, "api_error", String(error));
}
