import { useEffect, useMemo, useSyncExternalStore } from "react";
import { useFollower } from "../app/use-follower.js";
import { useService } from "../app/service-context.js";
import { useTitle } from "../app/use-title.js";
import type { LinkState } from "../live/follower.js";
import { titleOf } from "../overview/columns.js";
import { visibleText } from "../ui/format.js";
import { Inspector } from "./inspector.js";
import { Minimap } from "./minimap.js";
import { SessionHeader } from "./session-header.js";
import { SessionModel } from "./session-model.js";
import { Transcript } from "./transcript.js";
import { usePosition } from "./use-position.js";
import "../styles/session.css";

const timers = {
  set: (work: () => void, afterMs: number) => window.setTimeout(work, afterMs),
  clear: (timer: number) => {
    window.clearTimeout(timer);
  },
};

/** One session: what was asked, who did what, when, with which tools, and why it failed. */
export default function SessionView({ sessionId }: { readonly sessionId: string }) {
  const service = useService();
  const model = useMemo(() => new SessionModel(service, sessionId, timers), [service, sessionId]);
  useEffect(() => {
    void model.load();
    return () => {
      model.close();
    };
  }, [model]);
  useSyncExternalStore(model.subscribe, model.version);
  const { loaded } = model;
  const link = useLive(model);
  const position = usePosition(loaded?.log.lastSeq ?? 0);
  if (model.error !== undefined) return <p className="failure">{model.error.message}</p>;
  if (loaded === undefined) return <p className="note">Loading…</p>;
  const { lanes, log } = loaded;
  return (
    <div className="session">
      <SessionHeader
        head={loaded.head}
        lanes={lanes}
        position={position}
        link={link}
        isDeleted={model.isDeleted}
      />
      <Minimap lanes={lanes} log={log} version={lanes.version} isRead={model.isMapRead} position={position} />
      <div className="panes">
        <Transcript sessionId={sessionId} loaded={loaded} isMapWhole={model.isMapWhole} position={position} />
        <Inspector sessionId={sessionId} loaded={loaded} position={position} />
      </div>
    </div>
  );
}

/** Follows the session from its last event when it was loaded, and counts failures in a hidden page's title. */
function useLive(model: SessionModel): LinkState {
  const service = useService();
  const { loaded, sessionId } = model;
  const countFailures = useTitle(
    visibleText(loaded === undefined ? sessionId : titleOf(loaded.head.metadata)),
  );
  const link = useFollower(service.live, model.sessionId, model.loadedSeq, (events) => {
    model.told(events);
    countFailures(events);
  });
  const isLive = link.kind === "live";
  useEffect(() => {
    if (isLive) model.linked();
  }, [model, isLive]);
  return link;
}
