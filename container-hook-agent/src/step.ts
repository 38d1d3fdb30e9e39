import type { ClientEventType } from "session-protocol";
import type { Fields } from "./recording.js";

/** A node of a run that has begun. Its first end counts; one that paused begins again under the same id. */
export interface Step {
  readonly runId: string;
  readonly nodeId: string;
  complete(output?: unknown): void;
  fail(error: unknown): void;
  /** It waits for someone, and goes on, if ever, as the same node. */
  pause(interrupts: unknown): void;
}

export interface StepOptions {
  readonly record: (type: ClientEventType, fields: Fields) => string;
  readonly now: () => number;
}

/** What all events of a node say. */
export interface StepStart extends Fields {
  readonly runId: string;
  readonly nodeId: string;
  readonly metadata?: Fields;
}

export function beginStep({ record, now }: StepOptions, about: StepStart): Step {
  const startedMs = now();
  const begun: typeof about = { ...about, startedAt: timeOf(startedMs) };
  const started = performance.now();
  let isOver = false;
  const end = (outcome: Fields): void => {
    if (isOver) return;
    isOver = true;
    const durationMs = Math.round(performance.now() - started);
    // Not the clock's time, which may have been set back meanwhile.
    record("node_executed", {
      ...begun,
      ...outcome,
      completedAt: timeOf(startedMs + durationMs),
      durationMs,
    });
  };
  record("node_executed", { ...begun, status: "running" });
  return {
    runId: about.runId,
    nodeId: about.nodeId,
    complete: (output) => end({ status: "completed", output }),
    fail: (error) => end({ status: "failed", error: messageOf(error) }),
    pause: (interrupts) => {
      if (isOver) return;
      isOver = true;
      const metadata = { ...begun.metadata, paused: true, interrupts };
      record("node_executed", { ...begun, status: "running", metadata });
    },
  };
}

export function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message || error.name : String(error);
  } catch {
    return "an error that cannot be read";
  }
}

/** A broken clock must not break the host's own work. */
function timeOf(ms: number): string | undefined {
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
