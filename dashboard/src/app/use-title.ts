import { useCallback, useEffect, useState } from "react";
import type { SessionEvent } from "session-protocol";
import { readEvent } from "../session/mark.js";
import { titleOfPage } from "./page-title.js";

/** Names the page. What is told by the returned function is counted in the title until the page is looked at. */
export function useTitle(name: string): (events: readonly SessionEvent[]) => void {
  const [failures, setFailures] = useState(0);
  useEffect(() => {
    document.title = titleOfPage(name, failures);
  }, [name, failures]);
  useEffect(() => {
    const changed = (): void => {
      if (!document.hidden) setFailures(0);
    };
    document.addEventListener("visibilitychange", changed);
    return () => {
      document.removeEventListener("visibilitychange", changed);
    };
  }, []);
  return useCallback((events) => {
    if (!document.hidden) return;
    const more = events.filter((event) => readEvent(event).mark.failed).length;
    if (more > 0) setFailures((count) => count + more);
  }, []);
}
