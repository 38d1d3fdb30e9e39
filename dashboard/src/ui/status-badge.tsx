/** The status of a session, a run, a node, a goal or an agent. */
export function StatusBadge({ status }: { readonly status: string }) {
  return <span className={`status status-${TONES[status] ?? "plain"}`}>{status}</span>;
}

const TONES: Readonly<Record<string, string>> = {
  created: "going",
  connecting: "going",
  active: "going",
  processing: "going",
  running: "going",
  spawned: "going",
  in_progress: "going",
  completed: "good",
  success: "good",
  failed: "bad",
  failure: "bad",
  timeout: "bad",
  denied: "bad",
  terminated: "warn",
  interrupted: "warn",
  cancelled: "warn",
};
