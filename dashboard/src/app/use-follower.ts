import { useEffect, useRef, useState } from "react";
import type { SessionEvent } from "session-protocol";
import { browser, onWake } from "../live/browser.js";
import { Follower, type LinkState } from "../live/follower.js";

/**
 * Follows a session, or all, from `after` on while the component is shown. `after` undefined: not yet known,
 * so not yet. What `onEvents` does may change between calls.
 */
export function useFollower(
  address: URL,
  sessionId: string | undefined,
  after: number | undefined,
  onEvents: (events: readonly SessionEvent[]) => void,
): LinkState {
  const [state, setState] = useState<LinkState>({ kind: "connecting" });
  const take = useRef(onEvents);
  useEffect(() => {
    take.current = onEvents;
  });
  const href = address.href;
  useEffect(() => {
    if (after === undefined) return;
    const following = {
      address: new URL(href),
      sessionId,
      after,
      onEvents: (events: readonly SessionEvent[]) => {
        take.current(events);
      },
      onState: setState,
    };
    const follower = new Follower(following, browser);
    const stop = onWake(() => {
      follower.wake();
    });
    return () => {
      stop();
      follower.close();
    };
  }, [href, sessionId, after]);
  return state;
}
