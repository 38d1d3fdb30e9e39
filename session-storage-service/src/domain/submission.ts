import type { CreateSession, JsonObject, ProducerReport } from "session-protocol";
import type { Command } from "./decide.js";
import type { StoredEvent } from "./events.js";
import type { Session } from "./session.js";

/** Makes the session where it does not exist. `data` becomes that of `session_created`. */
export interface Creation {
  readonly id?: string | undefined;
  readonly data: Omit<CreateSession, "sessionId"> & JsonObject;
}

export interface Submission {
  readonly commands: readonly Command[];
  readonly create?: Creation | undefined;
  readonly producer?: ProducerReport | undefined;
  /** The text that all of it was cut from: where that holds no credential, nothing of it does. */
  readonly source?: string | undefined;
  /** Whether a refusal names the command as `events.<index>`. */
  readonly many?: boolean | undefined;
  /**
   * Told as soon as what was stored survives power loss, before the promise and before files are written: in the
   * same turn, so that nobody reads in between. Not where nothing was stored, and not to throw.
   */
  readonly onDurable?: ((receipt: Receipt) => void) | undefined;
}

/** What became of one command. `event` is there for repeats that were found by their id. */
export interface Outcome {
  readonly seq: number;
  readonly duplicate: boolean;
  /** Whether it was this very event, by its id, and not another that asks for the same goal, agent or end. */
  readonly redelivered?: boolean;
  readonly event?: StoredEvent | undefined;
}

export interface Receipt {
  /** The session right after this submission. */
  readonly session: Session;
  readonly outcomes: readonly Outcome[];
  /** Events this submission stored, in order. */
  readonly events: readonly StoredEvent[];
  readonly created: boolean;
}
