import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { SessionEvent } from "session-protocol";
import { useFollower } from "../app/use-follower.js";
import { useService } from "../app/service-context.js";
import type { LinkState } from "../live/follower.js";
import { SessionModel } from "./session-model.js";

const timers = {
  set: (work: () => void, afterMs: number) => window.setTimeout(work, afterMs),
  clear: (timer: number) => {
    window.clearTimeout(timer);
  },
};

/** What the page knows of a session; whoever asks is drawn anew when that changes. */
export function useSession(sessionId: string): SessionModel {
  const service = useService();
  const model = useMemo(() => new SessionModel(service, sessionId, timers), [service, sessionId]);
  useEffect(() => {
    void model.load();
    return () => {
      model.close();
    };
  }, [model]);
  useSyncExternalStore(model.subscribe, model.version);
  return model;
}

/** Follows the session from its last event when it was loaded. */
export function useLive(model: SessionModel, onEvents: (events: readonly SessionEvent[]) => void): LinkState {
  const service = useService();
  const link = useFollower(service.live, model.sessionId, model.loadedSeq, (events) => {
    model.told(events);
    onEvents(events);
  });
  const isLive = link.kind === "live";
  useEffect(() => {
    if (isLive) model.linked();
  }, [model, isLive]);
  return link;
}
