import { useEffect } from "react";
import type { Health } from "session-protocol";
import { useService } from "./service-context.js";
import { useLoad, type Load } from "./use-load.js";

const AGAIN_MS = 2_000;

/** How the service is; while it is away it is asked again and again, or at once by the returned function. */
export function useHealth(): [Load<Health>, () => void] {
  const service = useService();
  const [health, askAgain] = useLoad("health", (signal) => service.health(signal));
  useEffect(() => {
    if (health.kind !== "failed") return;
    const timer = window.setTimeout(askAgain, AGAIN_MS);
    return () => {
      window.clearTimeout(timer);
    };
  }, [health, askAgain]);
  return [health, askAgain];
}
