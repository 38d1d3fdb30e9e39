import { Timeline, TimelineQuery, type TimelineEntry } from "session-protocol";
import type { StoredText } from "../domain/reading.js";
import { SessionParams, type RouteContext } from "./context.js";
import { JSON_TYPE, NDJSON_TYPE } from "./media-type.js";
import { json, route, type Route } from "./route.js";
import { typeOf } from "./server-sent-events.js";
import { sendPieces, wantsNdjson, type Pieces } from "./streaming.js";
import { isAlwaysShown, mayBeShown, timelineEntry, type TimelineEvent } from "./timeline-entry.js";

const DESCRIPTION =
  "Always shown: the start and end of runs, tool calls (`tool_call`, `mcp_call`, `bash_exec`, `task_spawn`, `file_*`), " +
  "changes of goals and agents, and whatever failed. Of all the others, counted from the session's first, one in `sample`. " +
  "Values longer than 200 characters are cut. `duration` is in milliseconds. `ts` is when the " +
  "event was stored, `sentAt` when it happened as its sender says: of what waited out an outage they differ.";

export function timelineRoutes({ recorder }: RouteContext): Route[] {
  const whole = json(Timeline, "What happened, in order.");
  return [
    route({
      method: "get",
      path: "/api/sessions/{sessionId}/timeline",
      tag: "events",
      summary: "What happened in a session, in short",
      description: DESCRIPTION,
      params: SessionParams,
      query: TimelineQuery,
      answers: { 200: { ...whole, content: { ...whole.content, [NDJSON_TYPE]: "One entry a line." } } },
      handle: async ({ params: { sessionId }, query: { sample }, request }, response) => {
        const { seq } = await recorder.sessions.get(sessionId);
        const entries = sampled(recorder.history.events(sessionId, { after: 0, upTo: seq }), sample);
        if (wantsNdjson(request, response)) {
          await sendPieces(request, response, NDJSON_TYPE, lines(entries));
        } else {
          await sendPieces(request, response, JSON_TYPE, document(entries));
        }
      },
    }),
  ];
}

/**
 * What is not always shown is counted over the whole session: the same events make the same timeline,
 * however they are read.
 */
async function* sampled(pieces: Pieces, sample: number): AsyncGenerator<string[]> {
  let others = 0;
  const entryOf = ({ text }: StoredText): TimelineEntry | undefined => {
    const looked = mayBeShown(typeOf(text), text) ? parsed(text) : undefined;
    if (looked !== undefined && isAlwaysShown(looked)) return timelineEntry(looked);
    others += 1;
    return (others - 1) % sample === 0 ? timelineEntry(looked ?? parsed(text)) : undefined;
  };
  for await (const piece of pieces) {
    const entries = piece.flatMap((text) => entryOf(text) ?? []);
    if (entries.length > 0) yield entries.map((entry) => JSON.stringify(entry));
  }
}

function parsed(text: string): TimelineEvent {
  return JSON.parse(Buffer.from(text, "latin1").toString("utf8")) as TimelineEvent;
}

async function* lines(entries: AsyncIterable<string[]>): AsyncGenerator<Buffer> {
  for await (const piece of entries) yield Buffer.from(`${piece.join("\n")}\n`);
}

async function* document(entries: AsyncIterable<string[]>): AsyncGenerator<Buffer> {
  yield Buffer.from('{"timeline":[');
  let separator = "";
  for await (const piece of entries) {
    yield Buffer.from(separator + piece.join(","));
    separator = ",";
  }
  yield Buffer.from("]}");
}
