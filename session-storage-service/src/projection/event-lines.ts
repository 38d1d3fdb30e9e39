import { eventText, locateHeader, parseHeader, RECEIVED_KEY, SET_ASIDE, type LogKind } from "./log-line.js";
import type { PlacedLine } from "./merged-lines.js";

/** Log lines as NDJSON of public events, a buffer a piece. A damaged line adds nothing. */
export async function* eventLines(
  sessionId: string,
  pieces: AsyncIterable<PlacedLine[]>,
): AsyncGenerator<Buffer> {
  const head = (type: string): string => `{"type":"${type}","sessionId":"${sessionId}",`;
  const heads = { actions: head("action"), responses: head("response") };
  for await (const lines of pieces) {
    let text = "";
    for (const { kind, line } of lines) {
      text +=
        (kind === "events" ? undefined : entryLine(heads[kind], line)) ?? anyLine(sessionId, kind, line);
    }
    yield Buffer.from(text, "latin1");
  }
}

/**
 * The event of an action or a response: the line with something put between, which costs a fraction of
 * reading its header. Undefined where the event is more than that.
 */
function entryLine(head: string, line: string): string | undefined {
  const place = line.includes(SET_ASIDE) ? undefined : locateHeader(line);
  if (place === undefined) return undefined;
  const { idEnd, timeAt, bodyAt } = place;
  const header = line.startsWith(RECEIVED_KEY, idEnd)
    ? `${line.slice(1, idEnd + 1)},"timestamp":"${line.slice(timeAt, bodyAt - 1)}`
    : line.slice(1, bodyAt - 1);
  return `${head}${header},"data":{${line.slice(bodyAt)}}\n`;
}

function anyLine(sessionId: string, kind: LogKind, line: string): string {
  const header = parseHeader(line);
  return header === undefined ? "" : `${eventText(kind, sessionId, line, header)}\n`;
}
