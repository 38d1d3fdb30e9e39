import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { JsonObject } from "session-protocol";
import { useService } from "../app/service-context.js";
import { visibleText } from "../ui/format.js";
import { JsonView } from "../ui/json-view.js";
import { Limited } from "../ui/limited.js";
import type { FileChanges } from "./file-changes.js";
import { SessionFiles } from "./session-files.js";
import type { TabProps } from "./tab-props.js";

const SHOWN_FILES = 300;

/** What became of the files of the workspace. */
export default function FilesTab({ sessionId, loaded, position }: TabProps) {
  const { state, metadata } = loaded.head;
  const changes = useFiles(sessionId, metadata.metrics.filesModified);
  const workspace = (state.workspace ?? {}) as JsonObject;
  const { cwd, gitStatus } = workspace;
  const files = changes.tally.files(namedIn(workspace));
  return (
    <>
      <p>
        Working directory <code>{typeof cwd === "string" ? visibleText(cwd) : "not known"}</code>
      </p>
      <ul className="files">
        <Limited
          items={files}
          most={SHOWN_FILES}
          isList
          each={(file) => (
            <li key={file.path}>
              <FileLine file={file} goTo={position.goTo} />
            </li>
          )}
        />
      </ul>
      <Covered changes={changes} files={files.length} />
      {gitStatus != null && (
        <>
          <h3>Git</h3>
          <JsonView value={gitStatus} />
        </>
      )}
    </>
  );
}

/** All changes of the session; read on when there are more. */
function useFiles(sessionId: string, changes: number): SessionFiles {
  const service = useService();
  const files = useMemo(() => new SessionFiles(service, sessionId), [service, sessionId]);
  useEffect(
    () => () => {
      files.close();
    },
    [files],
  );
  useEffect(() => {
    void files.read();
  }, [files, changes]);
  useSyncExternalStore(files.subscribe, files.version);
  return files;
}

interface CoveredProps {
  readonly changes: SessionFiles;
  readonly files: number;
}

/** How much of the session is in what is shown. */
function Covered({ changes: { isReading, error, tally }, files }: CoveredProps) {
  if (error !== undefined) return <p className="failure">{error.message}</p>;
  if (isReading) return <p className="note">Reading…</p>;
  if (tally.left > 0) return <p className="note">{tally.left} changes of other files are not shown.</p>;
  return files === 0 && <p className="note">No file was changed.</p>;
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
