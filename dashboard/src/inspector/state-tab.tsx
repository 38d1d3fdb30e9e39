import { useService } from "../app/service-context.js";
import { useLoad } from "../app/use-load.js";
import { JsonView } from "../ui/json-view.js";
import { Limited } from "../ui/limited.js";
import { visibleText } from "../ui/format.js";
import type { TabProps } from "./tab-props.js";

interface Change {
  readonly op: string;
  readonly path: string;
  readonly value?: unknown;
}

const SHOWN_CHANGES = 50;

/** The state as it was after the event that is looked at, and what has changed since. */
export function StateTab({ sessionId, loaded, position }: TabProps) {
  const { lastSeq } = loaded.log;
  const seq = Math.min(position.seq ?? lastSeq, lastSeq);
  const isNow = seq === lastSeq;
  return (
    <>
      <label className="slider">
        <span>State after event {seq}</span>
        <input
          type="range"
          min={1}
          max={lastSeq}
          value={seq}
          onChange={(event) => {
            position.goTo(Number(event.target.value));
          }}
        />
      </label>
      {isNow ? (
        <JsonView value={loaded.head.state} />
      ) : (
        <Past sessionId={sessionId} seq={seq} lastSeq={lastSeq} />
      )}
    </>
  );
}

interface PastProps {
  readonly sessionId: string;
  readonly seq: number;
  readonly lastSeq: number;
}

function Past({ sessionId, seq, lastSeq }: PastProps) {
  const service = useService();
  const [state] = useLoad(`${sessionId}@${seq}`, (signal) => service.stateAt(sessionId, seq, signal));
  const [changes] = useLoad(`${sessionId}@${seq}..${lastSeq}`, (signal) =>
    service.transport.get<readonly Change[]>(
      `/api/state/${sessionId}/diff`,
      { from: seq, to: lastSeq },
      signal,
    ),
  );
  return (
    <>
      {state.kind === "failed" && <p className="failure">{state.error.message}</p>}
      {state.kind === "loaded" && <JsonView value={state.value} />}
      <h3>Changed since</h3>
      {changes.kind === "loaded" && <Changes changes={changes.value} />}
    </>
  );
}

function Changes({ changes }: { readonly changes: readonly Change[] }) {
  if (changes.length === 0) return <p className="note">nothing</p>;
  return (
    <ul className="changes">
      <Limited
        items={changes}
        most={SHOWN_CHANGES}
        isList
        each={({ op, path, value }) => (
          <li key={path + op} className={op === "remove" ? "removed" : op === "add" ? "added" : ""}>
            <code>
              {op} {visibleText(path)}
            </code>{" "}
            {value !== undefined && <JsonView value={value} level={2} />}
          </li>
        )}
      />
    </ul>
  );
}
