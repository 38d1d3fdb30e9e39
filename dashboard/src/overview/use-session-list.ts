import { useEffect, useMemo, useSyncExternalStore } from "react";
import { useService } from "../app/service-context.js";
import { SessionList, type ListSnapshot, type Timers } from "./session-list.js";

const timers: Timers = {
  set: (work, afterMs) => window.setTimeout(work, afterMs),
  clear: (timer) => {
    window.clearTimeout(timer);
  },
};

/**
 * The sessions that filters let through, the newest shown at once. They are read once `isReady`: after the offset
 * that the feed begins with is known, so that nothing falls between the two.
 */
export function useSessionList(
  filters: Readonly<Record<string, string>>,
  isReady: boolean,
): [SessionList, ListSnapshot] {
  const service = useService();
  const key = JSON.stringify(filters);
  const list = useMemo(
    () => new SessionList(service, JSON.parse(key) as Record<string, string>, timers),
    [service, key],
  );
  useEffect(() => {
    void (isReady ? list.load() : list.preview());
  }, [list, isReady]);
  useEffect(
    () => () => {
      list.close();
    },
    [list],
  );
  return [list, useSyncExternalStore(list.subscribe, list.snapshot)];
}
