import type { JsonObject } from "session-protocol";
import { visibleText } from "../ui/format.js";
import { JsonView } from "../ui/json-view.js";
import type { TabProps } from "./tab-props.js";

/** What became of the files of the workspace. */
export default function FilesTab({ loaded }: TabProps) {
  const workspace = (loaded.head.state.workspace ?? {}) as JsonObject;
  const { cwd, filesCreated, filesModified, gitStatus } = workspace;
  return (
    <>
      <p>
        Working directory <code>{typeof cwd === "string" ? visibleText(cwd) : "not known"}</code>
      </p>
      <FileList title="Created" files={filesCreated} />
      <FileList title="Modified" files={filesModified} />
      {gitStatus != null && (
        <>
          <h3>Git</h3>
          <JsonView value={gitStatus} />
        </>
      )}
    </>
  );
}

function FileList({ title, files }: { readonly title: string; readonly files: unknown }) {
  const names = Array.isArray(files) ? files.map(String) : [];
  return (
    <>
      <h3>{title}</h3>
      {names.length === 0 ? (
        <p className="note">none recorded</p>
      ) : (
        <ul className="files">
          {names.map((name) => (
            <li key={name}>
              <code>{visibleText(name)}</code>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
