import type { SessionEvent } from "session-protocol";
import type { Request } from "../session/requests.js";
import { durationText, visibleText } from "../ui/format.js";
import { requestLine } from "./response-body.js";

/** What a row is of a request of a model. */
export interface RequestPart {
  readonly requestSeq: number;
  /** Only of its first row. */
  readonly head:
    | {
        readonly agent: string;
        readonly number: number;
        readonly tools: readonly string[];
        readonly calls: number;
        readonly failures: number;
        readonly tookMs: number;
        readonly isFolded: boolean;
      }
    | undefined;
}

export function partOf(request: Request, agent: string, isFirst: boolean, isFolded: boolean): RequestPart {
  const { seq: requestSeq, number, tools, calls, failures, startMs, endMs } = request;
  const head = isFirst
    ? { agent, number, tools, calls, failures, tookMs: endMs - startMs, isFolded }
    : undefined;
  return { requestSeq, head };
}

interface HeadProps {
  readonly part: RequestPart | undefined;
  readonly event: SessionEvent | undefined;
  readonly onFold: (requestSeq: number) => void;
}

/** What stands above an answer, and above what was done because of it. */
export function RequestHead({ part, event, onFold }: HeadProps) {
  const line = event?.type === "response" ? requestLine(event.data) : undefined;
  if (part?.head === undefined) return line === undefined ? null : <p className="request">{line}</p>;
  const { requestSeq, head } = part;
  return (
    <p className="request">
      <button
        type="button"
        className="more"
        aria-expanded={!head.isFolded}
        onClick={() => {
          onFold(requestSeq);
        }}
      >
        {head.agent === "" ? "" : `${visibleText(head.agent)} · `}request {head.number}
      </button>{" "}
      {line ?? "its answer is not told yet"}
      {head.calls > 0 && ` · ${head.calls} ${head.calls === 1 ? "call" : "calls"}`}
      {head.isFolded && head.tools.length > 0 && ` (${visibleText(head.tools.join(", "))})`}
      {head.failures > 0 && <b className="bad"> · {head.failures} failed</b>}
      {head.tookMs > 0 && ` · ${durationText(head.tookMs)}`}
    </p>
  );
}
