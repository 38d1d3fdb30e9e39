import { z } from "zod";

/** Characters a path, a URL and a shell take without quoting; `..` never, so an id cannot leave its folder. */
const ID_PATTERN = /^(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const ID_RULE = "must be 1 to 128 of A-Z a-z 0-9 . _ - , start with a letter or digit, and hold no '..'";

const identifier = () => z.string().regex(ID_PATTERN, ID_RULE);

/** `active` stands for whichever run is active, in paths. */
const RUN_ID_PATTERN = /^(?!active$)(?!.*\.\.)[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

export const SessionId = identifier();
export const RunId = z.string().regex(RUN_ID_PATTERN, `${ID_RULE}, and is not 'active'`);
export const AgentId = identifier();
export const GoalId = identifier();
export const NodeId = identifier();
export const ProducerId = identifier();

export const MAX_EVENT_ID_CHARS = 128;
/** An idempotency key: what a sender repeats when it does not know whether the first delivery arrived. */
export const EventId = z.string().min(1).max(MAX_EVENT_ID_CHARS);

export const UserId = z.string().min(1).max(256);

/** ISO 8601 UTC with milliseconds, as the service writes it. */
export const Timestamp = z.iso.datetime({ precision: 3 });

export const Seq = z.int().min(1);
export const Offset = z.int().min(1);
