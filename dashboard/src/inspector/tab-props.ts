import type { Loaded } from "../session/session-model.js";
import type { Position } from "../session/use-position.js";

export interface TabProps {
  readonly sessionId: string;
  readonly loaded: Loaded;
  /** Whether the timeline has been read to its end. */
  readonly isMapRead: boolean;
  readonly position: Position;
}
