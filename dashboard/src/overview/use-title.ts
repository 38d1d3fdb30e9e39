import { useEffect, useRef } from "react";
import type { SessionEvent } from "session-protocol";
import { readEvent } from "../session/mark.js";

const TITLE = "Agent sessions";

export function isFailure(event: SessionEvent): boolean {
  return readEvent(event).mark.failed;
}

/** Counts failures in the page's title while it is hidden; `onSeen` when it is looked at again. */
export function useTitle(failures: number, onSeen: () => void): void {
  const seen = useRef(onSeen);
  useEffect(() => {
    seen.current = onSeen;
    document.title = failures === 0 ? TITLE : `(${failures}) ${TITLE}`;
  });
  useEffect(() => {
    const changed = (): void => {
      if (!document.hidden) seen.current();
    };
    document.addEventListener("visibilitychange", changed);
    return () => {
      document.removeEventListener("visibilitychange", changed);
    };
  }, []);
}
