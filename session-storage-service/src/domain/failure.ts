import type { StoredEvent } from "./events.js";

/** Whether an event tells of something that went wrong. */
export function saysFailure({ type, data }: Pick<StoredEvent, "type" | "data">): boolean {
  if (type === "execution_failed" || type === "session_interrupted") return true;
  if (type === "state_updated" || type === "metadata_updated") return false;
  const { status, error } = data;
  const saysError = error != null && error !== false && error !== "";
  return (
    saysError || status === "failed" || status === "failure" || (type === "action" && data.type === "error")
  );
}
