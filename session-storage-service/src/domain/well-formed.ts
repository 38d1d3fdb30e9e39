import type { JsonObject } from "session-protocol";
import type { Command } from "./decide.js";
import { replaceStrings, stringOf } from "./json-text.js";
import type { Creation, Submission } from "./submission.js";

/** An escape of one half of a surrogate pair. UTF-8 itself holds none. */
const HALF = /\\u[dD][89abcdefABCDEF]/;
const LONE = /\p{Surrogate}/gu;
const REPLACEMENT = "\ufffd";

/**
 * A text that was cut within a character ends with half of one. jq reads no further than a line that holds such, and
 * other readers of JSON refuse it, so U+FFFD takes its place. Nearly every submission has none, and is the one that is returned.
 */
export function wellFormed(submission: Submission): Submission {
  const { commands, create } = submission;
  const createText = create && JSON.stringify(create.data);
  const isCreateLone = createText !== undefined && mayHoldHalf(createText);
  if (!isCreateLone && !commands.some(({ raw }) => mayHoldHalf(raw))) return submission;
  return {
    ...submission,
    commands: commands.map(wellFormedCommand),
    create: create && isCreateLone ? wellFormedCreation(create, createText) : create,
  };
}

/** Nearly every text is told by the first look, at half of what the second costs. */
function mayHoldHalf(text: string): boolean {
  return text.includes("\\u") && HALF.test(text);
}

function wellFormedCommand(command: Command): Command {
  if (!mayHoldHalf(command.raw)) return command;
  const raw = wellFormedText(command.raw);
  return raw === command.raw ? command : { ...command, raw, data: JSON.parse(raw) as JsonObject };
}

function wellFormedCreation(create: Creation, text: string): Creation {
  return { ...create, data: JSON.parse(wellFormedText(text)) as Creation["data"] };
}

function wellFormedText(text: string): string {
  return replaceStrings(text, (token) => {
    const sent = stringOf(token);
    const whole = sent.replace(LONE, REPLACEMENT);
    return whole === sent ? token : JSON.stringify(whole);
  });
}
