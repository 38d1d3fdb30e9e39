import { ExportQuery, SessionExport } from "session-protocol";
import { metadataOf, stateOf } from "../domain/documents.js";
import type { Session } from "../domain/session.js";
import { SessionParams, type RouteContext } from "./context.js";
import { markdown } from "./markdown.js";
import { JSON_TYPE, NDJSON_TYPE } from "./media-type.js";
import { json, route, type Route } from "./route.js";
import { NDJSON_EVENTS } from "./session-events.js";
import { elements, ndjson, sendPieces, type Pieces } from "./streaming.js";

const MARKDOWN_TYPE = "text/markdown; charset=utf-8";

const FORMATS = {
  json: { type: JSON_TYPE, extension: "json", pieces: exportDocument },
  ndjson: {
    type: NDJSON_TYPE,
    extension: "ndjson",
    pieces: (_session: Session, events: Pieces) => ndjson(events),
  },
  markdown: { type: MARKDOWN_TYPE, extension: "md", pieces: markdown },
} as const;

export function exportRoutes({ recorder }: RouteContext): Route[] {
  const document = json(SessionExport, "The whole session, as a file.", ["Content-Disposition"]);
  const texts = { [NDJSON_TYPE]: NDJSON_EVENTS, "text/markdown": "The session as a page to read." };
  return [
    route({
      method: "get",
      path: "/api/sessions/{sessionId}/export",
      tag: "events",
      summary: "A whole session as one file",
      params: SessionParams,
      query: ExportQuery,
      answers: { 200: { ...document, content: { ...document.content, ...texts } } },
      handle: async ({ params: { sessionId }, query, request }, response) => {
        const session = await recorder.sessions.get(sessionId);
        const events = recorder.history.events(sessionId, { after: 0, upTo: session.seq });
        const { type, extension, pieces } = FORMATS[query.format];
        response.set("Content-Disposition", `attachment; filename="${sessionId}.${extension}"`);
        await sendPieces(request, response, type, pieces(session, events));
      },
    }),
  ];
}

async function* exportDocument(session: Session, events: Pieces): AsyncGenerator<Buffer> {
  const head = {
    metadata: metadataOf(session),
    initial: session.initial,
    state: stateOf(session),
    final: session.final,
  };
  yield Buffer.from(`${JSON.stringify(head).slice(0, -1)},"events":[`);
  let separator = "";
  for await (const piece of events) {
    yield Buffer.from(separator);
    yield* elements(piece);
    separator = ",";
  }
  yield Buffer.from("]}");
}
