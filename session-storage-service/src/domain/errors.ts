import type { ErrorCode, ProblemIssue } from "session-protocol";

/** Every refusal the recorder gives, by its wire code. The edge maps the code to a status. */
export class RecorderError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly issues: readonly ProblemIssue[] = [],
  ) {
    super(message);
    this.name = new.target.name;
  }

  /** The same refusal of one part of a larger request: a place it names is under `within`, the whole part is `prefix`. */
  under(prefix: string, within = prefix): RecorderError {
    const issues = this.issues.length > 0 ? this.issues : [{ path: "", message: this.message }];
    return new RecorderError(
      this.code,
      this.message,
      issues.map(({ path, message }) => ({ path: path === "" ? prefix : `${within}.${path}`, message })),
    );
  }

  /** The same refusal of an event of a batch, by its place there. */
  ofEvent(index: number): RecorderError {
    const event = `events.${String(index)}`;
    return this.under(event, `${event}.data`);
  }
}

export class InvalidRequest extends RecorderError {
  constructor(message: string, issues: readonly ProblemIssue[] = []) {
    super("invalid_request", message, issues);
  }

  static at(path: string, message: string): InvalidRequest {
    return new InvalidRequest(path === "" ? message : `${path}: ${message}`, [{ path, message }]);
  }
}

export class SessionNotFound extends RecorderError {
  constructor(sessionId: string) {
    super("session_not_found", `no session ${sessionId}`);
  }
}

/** For a `catch` where no session is an answer as well. */
export function noSession(error: unknown): undefined {
  if (!(error instanceof SessionNotFound)) throw error;
}

export class SessionExists extends RecorderError {
  /** @param why completes "session … exists" */
  constructor(sessionId: string, why: string) {
    super("session_exists", `session ${sessionId} exists ${why}`, [
      { path: "sessionId", message: "is taken" },
    ]);
  }
}

export class SessionClosed extends RecorderError {
  constructor(sessionId: string, status: string) {
    super("session_closed", `session ${sessionId} is ${status}; resume it to write again`);
  }
}

export class GoalNotFound extends RecorderError {
  constructor(goalId: string) {
    super("goal_not_found", `no goal ${goalId}`, [{ path: "goalId", message: "names no goal" }]);
  }
}

export class AgentNotFound extends RecorderError {
  constructor(agentId: string) {
    super("agent_not_found", `no agent ${agentId}`, [{ path: "agentId", message: "names no agent" }]);
  }
}

export class TranscriptNotFound extends RecorderError {
  constructor(sessionId: string, subpath = "") {
    super("transcript_not_found", `no transcript ${sessionId}${subpath === "" ? "" : ` ${subpath}`}`);
  }
}

export class RunNotFound extends RecorderError {
  constructor(runId: string) {
    super("run_not_found", `no run ${runId}`, [{ path: "runId", message: "names no run" }]);
  }
}

export class RunClosed extends RecorderError {
  constructor(runId: string) {
    super("run_closed", `run ${runId} has ended`, [{ path: "runId", message: "names a run that has ended" }]);
  }
}

/** A run's id is one across all sessions. */
export class RunTaken extends RecorderError {
  constructor(runId: string, owner: string) {
    const rule = `belongs to session ${owner}`;
    super("illegal_transition", `run ${runId} ${rule}`, [{ path: "runId", message: rule }]);
  }
}

export class TooManyRuns extends RecorderError {
  constructor(most: number) {
    const rule = `would be one more than the ${String(most)} runs that may be open in a session`;
    super("payload_too_large", rule, [{ path: "runId", message: rule }]);
  }
}

export class TooManyNodes extends RecorderError {
  constructor(most: number) {
    const rule = `would be one more than the ${String(most)} nodes that a session's open runs may have`;
    super("payload_too_large", rule, [{ path: "nodeId", message: rule }]);
  }
}

export class IllegalTransition extends RecorderError {
  constructor(subject: string, from: string, to: string) {
    super("illegal_transition", `${subject} cannot go from ${from} to ${to}`, [
      { path: "status", message: `cannot go from ${from} to ${to}` },
    ]);
  }
}

export class StateTooLarge extends RecorderError {
  constructor(maxChars: number) {
    const rule = `would make the state larger than ${String(maxChars)} characters`;
    super("payload_too_large", rule, [{ path: "", message: rule }]);
  }
}

export class VersionMismatch extends RecorderError {
  /** @param what begins the sentence: what has the version */
  constructor(expected: string, actual: number, what = "the state has version") {
    super("version_mismatch", `${what} ${String(actual)}, not ${expected}`);
  }
}

/** The journal takes no write until the process is restarted. */
export class StorageUnavailable extends RecorderError {
  constructor(reason: string) {
    super("storage_unavailable", reason);
  }
}

/** No space left; the write was rolled back and may be tried again. */
export class StorageFull extends RecorderError {
  constructor() {
    super("storage_full", "no space left on the data folder's file system");
  }
}

export class Overloaded extends RecorderError {
  constructor() {
    super("rate_limited", "more writes are waiting for the disk than memory is allowed to hold");
  }
}
