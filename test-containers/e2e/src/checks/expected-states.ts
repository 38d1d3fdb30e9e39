import type { AgentName } from "../fleet/fleet.js";

export interface ExpectedState {
  /** One after the other. */
  readonly phases: readonly string[];
  readonly goals: readonly string[];
  /** Types, and the type of whom each was spawned by. */
  readonly agents: readonly (readonly [type: string, parent: string | undefined])[];
}

export const EXPECTED_STATES: Readonly<Record<AgentName, ExpectedState>> = {
  "customer-comm": {
    phases: ["team_spawn", "solving", "completed"],
    goals: [
      "Answer Anna Leitner <anna.leitner@example.net>",
      "Answer Jonas Berger <jonas.berger@example.org>",
      "Answer Maria Huber <maria.huber@example.com>",
    ],
    agents: [
      ["governor", undefined],
      ["booking", "governor"],
      ["weather and safety", "governor"],
      ["customer care", "governor"],
    ],
  },
  "email-solver": {
    phases: ["login", "solving", "completed"],
    goals: [
      "No letter is left in the inbox",
      "Solve letter 01-booking",
      "Solve letter 02-html",
      "Solve letter 03-attachment",
      "Solve letter 04-wrong-charset",
      "Solve letter 05-japanese",
      "Solve letter 06-phishing",
      "Solve letter 07-bounce",
    ],
    agents: [["pipeline", undefined], ...Array<["reviewer", "pipeline"]>(5).fill(["reviewer", "pipeline"])],
  },
  "claude-cli": {
    phases: ["running", "completed"],
    goals: ["Judge the flights of 2026-06-20", "Write the briefing for 2026-06-20"],
    agents: [["safety-officer", "main"]],
  },
};
