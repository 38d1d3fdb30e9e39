import { useTitle } from "../app/use-title.js";
import { titleOf } from "../overview/columns.js";
import { visibleText } from "../ui/format.js";
import { Inspector } from "./inspector.js";
import { Minimap } from "./minimap.js";
import { SessionHeader } from "./session-header.js";
import { Transcript } from "./transcript.js";
import { usePosition } from "./use-position.js";
import { useLive, useSession } from "./use-session.js";
import "../styles/session.css";

/** One session: what was asked, who did what, when, with which tools, and why it failed. */
export default function SessionView({ sessionId }: { readonly sessionId: string }) {
  const model = useSession(sessionId);
  const { loaded } = model;
  const name = loaded === undefined ? sessionId : titleOf(loaded.head.metadata);
  const link = useLive(model, useTitle(visibleText(name)));
  const position = usePosition(loaded?.log.lastSeq ?? 0);
  if (model.error !== undefined) return <p className="failure">{model.error.message}</p>;
  if (loaded === undefined) return <p className="note">Loading…</p>;
  const { lanes, log } = loaded;
  const { isMapRead } = model;
  return (
    <div className="session">
      <SessionHeader
        head={loaded.head}
        lanes={lanes}
        position={position}
        link={link}
        isDeleted={model.isDeleted}
      />
      <Minimap lanes={lanes} log={log} version={lanes.version} isRead={isMapRead} position={position} />
      <div className="panes">
        <Transcript sessionId={sessionId} loaded={loaded} isMapWhole={model.isMapWhole} position={position} />
        <Inspector {...{ sessionId, loaded, isMapRead, position }} />
      </div>
    </div>
  );
}
