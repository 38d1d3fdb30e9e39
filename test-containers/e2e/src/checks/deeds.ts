import type { AgentName } from "../fleet/fleet.js";
import type { Action, RecordedSession } from "../service-client.js";

const MAIN = "main";

/** What was done, in order: by whom, with what, and how it went. */
export function deedsOf({ actions, state }: RecordedSession): string[] {
  const types = new Map(state.agents.spawned.map(({ agentId, type }) => [agentId, type]));
  const who = ({ agentId = MAIN }: Action): string =>
    agentId === MAIN ? MAIN : (types.get(agentId) ?? agentId);
  return actions
    .filter((action) => !NOT_DEEDS.has(action.type) && !isForbidden(action))
    .map((action) => [who(action), whatOf(action), howOf(action)].join(" "));
}

/** What a rule forbids, Claude Code writes into its transcript only: it is on record when that is read, somewhat later. */
export const isForbidden = ({ status, tool }: Action): boolean => status === "denied" && tool === "Read";

/** What Claude Code says of itself. */
const NOT_DEEDS: ReadonlySet<string> = new Set(["session_start", "session_end", "prompt"]);

const whatOf = ({ type, tool, service }: Action): string =>
  tool ?? (typeof service === "string" ? `${type}:${service}` : type);

function howOf({ status, error, outcome }: Action): string {
  if (status !== undefined) return status;
  if (typeof outcome === "string") return outcome;
  return error === undefined ? "completed" : "failed";
}

const LETTER = [
  "pipeline authentication:sender granted",
  "pipeline customers.find completed",
  "pipeline calendar.free completed",
  "pipeline calendar.hold completed",
  "pipeline outbox completed",
];

/** What the scripted model has each agent do. */
export const EXPECTED_DEEDS: Readonly<Record<AgentName, readonly string[]>> = {
  "customer-comm": [
    "booking find_flights completed",
    "booking book_flight failed",
    "booking book_flight completed",
    "weather and safety judge_weather completed",
    "customer care write_letter completed",
    "weather and safety judge_weather completed",
    "weather and safety close_flight completed",
    "booking find_flights completed",
    "booking move_booking completed",
    "weather and safety judge_weather completed",
    "customer care write_letter failed",
    "customer care write_letter completed",
    "customer care check_voucher failed",
    "customer care extend_voucher completed",
    "customer care write_letter completed",
  ],
  "email-solver": [
    "main authentication:mailbox refused",
    "main authentication:mailbox granted",
    ...LETTER,
    ...LETTER,
    "pipeline authentication:sender granted",
    "pipeline customers.find completed",
    "pipeline calendar.free completed",
    "pipeline attachments.keep completed",
    "pipeline attachments.keep completed",
    "pipeline calendar.hold completed",
    "pipeline outbox completed",
    ...LETTER,
    ...LETTER,
    "pipeline authentication:sender refused",
    "pipeline mail_filed completed",
    "pipeline authentication:sender granted",
    "pipeline mail_filed completed",
  ],
  "claude-cli": [
    "main Read completed",
    "main TaskCreate completed",
    "main TaskCreate completed",
    "main TaskUpdate completed",
    "main Bash completed",
    "safety-officer Read completed",
    "safety-officer Bash failed",
    "safety-officer Bash completed",
    "safety-officer Write completed",
    "main Agent completed",
    "main TaskUpdate completed",
    "main TaskUpdate completed",
    "main Write completed",
    "main Edit completed",
    "main TaskUpdate completed",
  ],
};

/** A mailbox that was killed at its first letter's draft, and started again: it logs in by token and begins the letter anew. */
export function deedsOfKilledMailbox(deeds: readonly string[]): string[] {
  const [login, firstLetter] = [2, 5];
  return [...deeds.slice(0, firstLetter), "main authentication:mailbox granted", ...deeds.slice(login)];
}

/** What must be found in what the models said and in what came of it. */
export const EXPECTED_WORDS: Readonly<Record<AgentName, readonly string[]>> = {
  "customer-comm": [
    "14:00 has one seat left only. I booked F-0620-1000 at 10:00 as B-1003.",
    "F-0619-1500 is closed: gusts of 41 km/h, the limit is 25.",
    "FA-V-2217 had ended on 2026-05-31 and is good again until 2026-08-17.",
  ],
  "email-solver": [
    "am 27. Juni ab 9 Uhr sind alle acht Plätze frei",
    "6月22日14時に二名様のお席をお取りしました",
  ],
  "claude-cli": [
    "Flight 4 at 15:00 must not start: gusts of 41 km/h, the limit is 25.",
    "flight 4 at 15:00 is cancelled because of gusts of 41 km/h (limit 25)",
  ],
};
