import type { EventType } from "session-protocol";

/** All there are. The protocol's own list would bring its schemas into the page. */
export const EVENT_TYPES = Object.keys({
  action: true,
  response: true,
  state_updated: true,
  goal_added: true,
  goal_updated: true,
  agent_spawned: true,
  agent_completed: true,
  execution_started: true,
  node_executed: true,
  execution_completed: true,
  execution_failed: true,
  session_created: true,
  metadata_updated: true,
  status_changed: true,
  transcript_appended: true,
  session_interrupted: true,
  session_finalized: true,
  session_deleted: true,
} satisfies Record<EventType, true>) as readonly EventType[];
