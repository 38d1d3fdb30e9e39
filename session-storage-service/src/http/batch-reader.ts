import { z } from "zod";
import {
  BatchHeader,
  CLIENT_EVENT_DATA,
  ClientEventType,
  EventId,
  type JsonObject,
  type ProblemIssue,
} from "session-protocol";
import type { Command } from "../domain/decide.js";
import { InvalidRequest, RecorderError } from "../domain/errors.js";
import { actionCommand, check, responseCommand } from "./commands.js";
import { refuseExcess } from "./json-limits.js";
import type { RequestLimits } from "./limits.js";
import { parseObject, refuseLargeEvent } from "./parse.js";
import { dotted, MAX_ISSUES, summaryOf } from "./problem.js";

const DATA_SCHEMAS = new Map<unknown, z.ZodType>(Object.entries(CLIENT_EVENT_DATA));
/** Data is checked by its own schema, and as sent. */
const Envelope = z.object({ type: ClientEventType, id: EventId.optional(), data: z.object({}) });
interface Envelope {
  readonly type: ClientEventType;
  readonly id?: string | undefined;
  readonly data: JsonObject;
}

/** Levels of a header above `initial`, beyond those of a request that creates a session. */
const HEADER_LEVELS = 2;

interface ReadBatch extends BatchHeader {
  readonly commands: readonly Command[];
}

/** Collects a batch event by event, and every refusal, so that the sender learns of all of them at once. */
export class BatchReader {
  readonly #commands: Command[] = [];
  readonly #issues: ProblemIssue[] = [];
  #refusal: RecorderError | undefined;
  #header: BatchHeader = {};
  /** Events seen, good and bad. */
  #seen = 0;

  constructor(private readonly limits: RequestLimits) {}

  /** `path` is where the header stands in the body. */
  header(value: unknown, path: string): void {
    const header = check(BatchHeader, value, path);
    const nesting = this.limits.nesting + HEADER_LEVELS;
    // As sent: zod leaves keys such as __proto__ out without a word.
    refuseExcess(value as JsonObject, { keys: this.limits.keys, nesting }, path);
    const { create } = header;
    if (create !== undefined) refuseLargeEvent(JSON.stringify(create), this.limits, dotted(path, "create"));
    this.#header = header;
  }

  /** An event as parsed JSON, in whatever form. */
  event(value: unknown): void {
    try {
      check(Envelope, value);
    } catch (error) {
      this.#refuse(error, "");
      return;
    }
    const { type, id, data } = value as Envelope;
    this.#add(type, id, data);
  }

  /** An event whose envelope's text was recognised. False where its type is none a client may write. */
  usualEvent(type: string, id: string | undefined, data: JsonObject, raw: string): boolean {
    if (!DATA_SCHEMAS.has(type)) return false;
    this.#add(type as ClientEventType, id, data, raw);
    return true;
  }

  /** A line of NDJSON in any form; the first may be the batch's header. */
  line(text: string, isFirst: boolean): void {
    let value: JsonObject;
    try {
      value = parseObject(text);
    } catch (error) {
      this.#refuse(error, "");
      return;
    }
    if (isFirst && Object.hasOwn(value, "batch")) this.header(value.batch, "batch");
    else this.event(value);
  }

  /** @throws RecorderError naming every offending place */
  finish(): ReadBatch {
    if (this.#refusal !== undefined) throw this.#summary(this.#refusal);
    // A producer that tells of itself alone is a sign of life.
    if (this.#seen === 0 && this.#header.producer === undefined)
      throw InvalidRequest.at("events", "must hold at least one event");
    return { ...this.#header, commands: this.#commands };
  }

  #add(type: ClientEventType, id: string | undefined, data: JsonObject, raw?: string): void {
    try {
      refuseExcess(data, this.limits);
      const text = raw ?? JSON.stringify(data);
      refuseLargeEvent(text, this.limits, "");
      this.#commands.push(commandOf(type, id, data, text));
    } catch (error) {
      this.#refuse(error, ".data");
      return;
    }
    this.#count();
  }

  #refuse(error: unknown, place: string): void {
    if (!(error instanceof RecorderError)) throw error;
    const refusal = error.under(`events.${String(this.#seen)}${place}`);
    this.#refusal ??= refusal;
    this.#issues.push(...refusal.issues);
    if (this.#issues.length >= MAX_ISSUES) throw this.#summary(this.#refusal);
    this.#count();
  }

  #count(): void {
    this.#seen += 1;
    const { batchEvents } = this.limits;
    if (this.#seen > batchEvents)
      throw InvalidRequest.at("events", `must hold at most ${String(batchEvents)} events`);
  }

  #summary({ code }: RecorderError): RecorderError {
    return new RecorderError(code, summaryOf(this.#issues), this.#issues);
  }
}

function commandOf(type: ClientEventType, id: string | undefined, data: JsonObject, raw: string): Command {
  if (type === "action") return actionCommand(data, raw, id);
  if (type === "response") return responseCommand(data, raw, id);
  check(CLIENT_EVENT_DATA[type] as z.ZodType, data);
  return { type, id, data, raw };
}
