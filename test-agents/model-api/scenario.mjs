import { readFileSync } from "node:fs";

const scenarios = JSON.parse(readFileSync(new URL("scenarios.json", import.meta.url), "utf8"));

/** How often turns that fail a number of times have failed. */
const failures = new Map();

/** A prompt chooses what is played, and in which folder: `play:tools dir:/tmp/x`. */
const PLAY = /\bplay:([a-z]+)(?: dir:(\S+))?/;

const textOf = (content) =>
  typeof content === "string" ? content : (content ?? []).map(({ text }) => text ?? "").join("\n");

/** The turn of the model that follows these messages. */
export function nextTurn(messages) {
  const marks = messages.map(({ role, content }) => (role === "user" ? PLAY.exec(textOf(content)) : null));
  const begun = marks.findLastIndex((mark) => mark !== null);
  const [, name = "answer", dir = "/nowhere"] = marks[begun] ?? [];
  const played = messages.slice(begun + 1).filter(({ role }) => role === "assistant").length;
  const turns = (scenarios[name] ?? scenarios.answer).flatMap(({ repeat = 1, ...turn }) =>
    Array(repeat).fill(turn),
  );
  const turn = turnAt(name, turns, played);
  return { step: played, turn: JSON.parse(JSON.stringify(turn).replaceAll("{dir}", dir)) };
}

/** Turns that fail leave no message behind, so they do not count as played. */
function turnAt(name, turns, played) {
  const [first] = turns;
  if (first.times === undefined) return turns[Math.min(played, turns.length - 1)];
  const failed = failures.get(name) ?? 0;
  failures.set(name, failed + 1);
  return failed < first.times ? first : turns[Math.min(played + 1, turns.length - 1)];
}
