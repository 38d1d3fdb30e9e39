import { useEffect } from "react";
import type { JsonObject, LogEntry } from "session-protocol";
import { useService } from "../app/service-context.js";
import { useLoad } from "../app/use-load.js";
import { visibleText } from "../ui/format.js";
import { JsonView } from "../ui/json-view.js";
import { fileChanges, type FileChanges } from "./file-changes.js";
import type { TabProps } from "./tab-props.js";

/** Of each kind of change at most so many, the newest. */
const CHANGES = 1_000;

/** What became of the files of the workspace. */
export default function FilesTab({ sessionId, loaded, position }: TabProps) {
  const service = useService();
  const { state, metadata } = loaded.head;
  const [actions, again] = useLoad(`files of ${sessionId}`, async (signal) => {
    const kinds = ["file_write", "file_edit"].map((type) =>
      service.transport.get<readonly LogEntry[]>(
        `/api/actions/${sessionId}`,
        { type, tail: CHANGES },
        signal,
      ),
    );
    return (await Promise.all(kinds)).flat();
  });
  useEffect(again, [again, metadata.metrics.filesModified]);
  const workspace = (state.workspace ?? {}) as JsonObject;
  const { cwd, gitStatus } = workspace;
  const files = fileChanges(actions.kind === "loaded" ? actions.value : [], namedIn(workspace));
  return (
    <>
      <p>
        Working directory <code>{typeof cwd === "string" ? visibleText(cwd) : "not known"}</code>
      </p>
      {actions.kind === "failed" && <p className="failure">{actions.error.message}</p>}
      {actions.kind === "loaded" && files.length === 0 && <p className="note">No file was changed.</p>}
      <ul className="files">
        {files.map((file) => (
          <li key={file.path}>
            <FileLine file={file} goTo={position.goTo} />
          </li>
        ))}
      </ul>
      {gitStatus != null && (
        <>
          <h3>Git</h3>
          <JsonView value={gitStatus} />
        </>
      )}
    </>
  );
}

function namedIn({ filesCreated, filesModified }: JsonObject): readonly string[] {
  return [filesCreated, filesModified].flatMap((list) => (Array.isArray(list) ? list.map(String) : []));
}

interface LineProps {
  readonly file: FileChanges;
  readonly goTo: (seq: number) => void;
}

function FileLine({ file: { path, writes, edits, lastSeq }, goTo }: LineProps) {
  const counts = [writes > 0 ? `written ${times(writes)}` : "", edits > 0 ? `edited ${times(edits)}` : ""];
  return (
    <>
      <code>{visibleText(path)}</code>{" "}
      <span className="note">{counts.filter((count) => count !== "").join(", ")}</span>{" "}
      {lastSeq !== undefined && (
        <button
          type="button"
          className="more"
          onClick={() => {
            goTo(lastSeq);
          }}
        >
          last change
        </button>
      )}
    </>
  );
}

function times(count: number): string {
  return count === 1 ? "once" : `${count} times`;
}
