import { Refusal, type Conversation, type Message } from "./conversation.js";
import type { Scenario, Script, Turn } from "./scenario.js";

/** Where in which scenario a conversation is. */
export interface Place {
  readonly scenario: Scenario;
  /** The message that began it. */
  readonly begun: number;
  /** How many turns of it were played. */
  readonly step: number;
}

/** Says that a refusal is no mistake. */
export const AS_SCRIPTED = "as the scenario says";

/** What the model says in a turn. */
export type Said = Pick<Turn, "thinking" | "text" | "tools">;

type Captures = Record<string, string>;

/**
 * Of the scenarios that someone of these rules plays, the one that the latest message asks for; else one that is played
 * whatever is asked, from the beginning.
 */
export function placeOf({ scenarios }: Script, { system, messages }: Conversation): Place | undefined {
  const played = scenarios.filter((scenario) => scenario.system?.test(system) ?? true);
  for (let at = messages.length - 1; at >= 0; at -= 1) {
    const { role, text } = messages[at] as Message;
    const asked = role === "user" && played.find(({ user }) => user?.test(text));
    if (asked) return placeFrom(at, asked, messages);
  }
  const others = played.filter(({ user }) => user === undefined);
  const scenario = others.find((other) => other.system !== undefined) ?? others[0];
  return scenario && placeFrom(0, scenario, messages);
}

function placeFrom(begun: number, scenario: Scenario, messages: readonly Message[]): Place {
  const step = messages.slice(begun).filter(({ role }) => role === "assistant").length;
  return { scenario, begun, step };
}

/** Plays turns. It knows of no conversation but what it is shown, apart from how often turns were refused. */
export class Player {
  readonly #refused = new Map<Turn, number>();

  /** @throws Refusal where the turn is one, or where what it waits for was not said */
  turn(place: Place, { messages }: Conversation): Said {
    const { scenario, begun, step } = place;
    const turns = this.#open(scenario);
    const at = Math.min(step, turns.length - 1);
    const turn = turns[at] as Turn;
    if (turn.status !== undefined) {
      this.#refused.set(turn, (this.#refused.get(turn) ?? 0) + 1);
      throw new Refusal(turn.status, turn.type, AS_SCRIPTED);
    }
    const captures: Captures = { ...scenario.user?.exec(messages[begun]?.text ?? "")?.groups };
    for (const [earlier, { expects, recalls }] of turns.slice(0, at + 1).entries()) {
      const where = `scenario ${scenario.name}, turn ${earlier}`;
      if (recalls) Object.assign(captures, find(recalls, allOf(messages.slice(0, begun)), where));
      if (expects) Object.assign(captures, find(expects, saidBefore(earlier, messages.slice(begun)), where));
    }
    const { thinking, text, tools } = turn;
    return fill({ thinking, text, tools }, captures);
  }

  /** Turns that are refused leave no message behind, so they go once they have been refused often enough. */
  #open({ turns }: Scenario): readonly Turn[] {
    return turns.filter((turn) => turn.times === undefined || (this.#refused.get(turn) ?? 0) < turn.times);
  }
}

const allOf = (messages: readonly Message[]): string => messages.map(({ text }) => text).join("\n");

/** What was said between the turn before this one and this one. */
function saidBefore(turn: number, messages: readonly Message[]): string {
  let turns = 0;
  return allOf(
    messages.filter(({ role }) => {
      if (role === "assistant") turns += 1;
      return role === "user" && turns === turn;
    }),
  );
}

function find(pattern: RegExp, text: string, where: string): Captures {
  const found = pattern.exec(text);
  if (found !== null) return found.groups ?? {};
  throw new Refusal(400, "invalid_request_error", `${where}: /${pattern.source}/ is not in: ${text}`);
}

/** Puts what was found in place of `{name}` in every text of a value. */
function fill<T>(value: T, captures: Captures): T {
  if (typeof value === "string") {
    return value.replace(/\{(\w+)\}/gu, (whole, name: string) => captures[name] ?? whole) as T;
  }
  if (Array.isArray(value)) return value.map((item: unknown) => fill(item, captures)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item, captures)])) as T;
}
