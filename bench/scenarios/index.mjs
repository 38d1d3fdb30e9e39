import { batches } from "./batches.mjs";
import { cleanup } from "./cleanup.mjs";
import { fanOut } from "./fan-out.mjs";
import { longSession } from "./long-session.mjs";
import { manySessions } from "./many-sessions.mjs";
import { memoryByEvents } from "./memory-by-events.mjs";
import { memoryBySubscribers } from "./memory-by-subscribers.mjs";
import { oneConnection } from "./one-connection.mjs";
import { pageFirstContent } from "./page-first-content.mjs";
import { pageHeap } from "./page-heap.mjs";
import { pageLongestTask } from "./page-longest-task.mjs";
import { publishToReceive } from "./publish-to-receive.mjs";
import { readLog } from "./read-log.mjs";
import { runStart } from "./run-start.mjs";
import { runsHistory } from "./runs-history.mjs";
import { singleEvent } from "./single-event.mjs";
import { startUp } from "./start-up.mjs";
import { stripMemory } from "./strip-memory.mjs";
import { timelineMemory } from "./timeline-memory.mjs";
import { timeline } from "./timeline.mjs";

/** In the order of the table. @type {import("../scenario.mjs").Scenario[]} */
export const scenarios = [
  singleEvent,
  batches,
  manySessions,
  longSession,
  oneConnection,
  fanOut,
  publishToReceive,
  readLog,
  memoryByEvents,
  memoryBySubscribers,
  startUp,
  runStart,
  runsHistory,
  timeline,
  timelineMemory,
  cleanup,
  stripMemory,
  pageFirstContent,
  pageLongestTask,
  pageHeap,
];
