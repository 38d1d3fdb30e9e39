import { lazy, Suspense } from "react";
import type { JsonObject } from "session-protocol";
import { callTookMs } from "session-protocol/reading";
import { ClippedText } from "../ui/clipped-text.js";
import { durationText, visibleText } from "../ui/format.js";
import { JsonView } from "../ui/json-view.js";
import { StatusBadge } from "../ui/status-badge.js";
import { Terminal } from "../ui/terminal.js";
import { briefOf, editOf, isToolUse, rest, textField } from "./action-fields.js";
import { Value } from "./value.js";

const Diff = lazy(() => import("../ui/diff.js"));

interface ActionProps {
  readonly data: JsonObject;
  readonly isOpen: boolean;
}

export function ActionBody({ data, isOpen }: ActionProps) {
  const { type, input, error } = data;
  if (type === "prompt" && typeof input === "string") {
    return (
      <div className="prompt">
        <ClippedText text={input} />
      </div>
    );
  }
  return (
    <details className="fold action" open={isOpen}>
      <summary>
        <Summary data={data} />
      </summary>
      {error != null && (
        <div className="failure">
          <Value value={error} />
        </div>
      )}
      <Details data={data} />
    </details>
  );
}

function Summary({ data }: { readonly data: JsonObject }) {
  const { type, tool, status, error } = data;
  const tookMs = isToolUse(type) ? callTookMs(data, Date.parse(String(data.timestamp))) : undefined;
  const name = typeof tool === "string" ? tool : String(type);
  const outcome =
    typeof status === "string"
      ? status
      : error != null
        ? "failed"
        : isToolUse(type)
          ? "completed"
          : undefined;
  return (
    <>
      <b className="tool">{visibleText(name)}</b> <code className="brief">{briefOf(data)}</code>
      {outcome !== undefined && <StatusBadge status={outcome} />}
      {tookMs !== undefined && <span className="took">{durationText(tookMs)}</span>}
    </>
  );
}

/** What a call was given and answered, in the look of its kind. */
function Details({ data }: { readonly data: JsonObject }) {
  const edit = editOf(data);
  if (edit !== undefined) {
    return (
      <Suspense fallback={<p className="note">…</p>}>
        <Diff {...edit} />
        <Rest data={data} except={["input"]} />
      </Suspense>
    );
  }
  const command = data.type === "bash_exec" ? textField(data.input, "command") : undefined;
  if (command !== undefined) {
    return (
      <>
        <Terminal command={command} output={data.output} />
        <Rest data={data} except={["input", "output"]} />
      </>
    );
  }
  return (
    <>
      {data.input !== undefined && <Part name="Input" value={data.input} />}
      {data.output !== undefined && <Part name="Output" value={data.output} />}
      <Rest data={data} except={["input", "output"]} />
    </>
  );
}

function Part({ name, value }: { readonly name: string; readonly value: unknown }) {
  return (
    <div className="part">
      <span className="part-name">{name}</span>
      <Value value={value} />
    </div>
  );
}

function Rest({ data, except }: { readonly data: JsonObject; readonly except: readonly string[] }) {
  const others = rest(data, except);
  return Object.keys(others).length === 0 ? null : (
    <details className="fold rest">
      <summary className="note">more</summary>
      <JsonView value={others} />
    </details>
  );
}
