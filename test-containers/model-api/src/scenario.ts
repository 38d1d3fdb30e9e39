import { readFileSync } from "node:fs";
import { z } from "zod";

const Pattern = z.string().transform((source) => new RegExp(source, "su"));

const Turn = z
  .strictObject({
    thinking: z.string().optional(),
    text: z.string().optional(),
    tools: z
      .array(
        z.strictObject({
          name: z.string(),
          namespace: z.string().optional(),
          input: z.union([z.record(z.string(), z.unknown()), z.string()]),
        }),
      )
      .default([]),
    /** Must be in what was said since the model's last turn. */
    expects: Pattern.optional(),
    /** Must be in what was said before the scenario began. */
    recalls: Pattern.optional(),
    /** The same turn so many times. */
    repeat: z.number().int().positive().default(1),
    /** Refused with this status; `times` so often only, whoever asks. */
    status: z.number().int().optional(),
    type: z.string().default("api_error"),
    times: z.number().int().positive().optional(),
  })
  .readonly();
export type Turn = z.infer<typeof Turn>;

const Scenario = z.strictObject({
  /** Who is asked, and for what. Absent: whoever is asked to `play:<name>`. Empty: where no other scenario fits. */
  when: z.strictObject({ system: Pattern.optional(), user: Pattern.optional() }).optional(),
  turns: z.array(Turn).min(1),
});

const Tokens = z.number().int().nonnegative();
const Script = z.strictObject({
  /** The same for every answer, apart from a little. Absent: counted from the texts. */
  usage: z.object({ input: Tokens, output: Tokens, cacheRead: Tokens, cacheWrite: Tokens }).optional(),
  scenarios: z.record(z.string().regex(/^[a-z0-9-]+$/), Scenario),
});

export interface Scenario {
  readonly name: string;
  readonly system: RegExp | undefined;
  readonly user: RegExp | undefined;
  readonly turns: readonly Turn[];
}

export interface Script {
  readonly usage: z.infer<typeof Script>["usage"];
  readonly scenarios: readonly Scenario[];
}

/** Named groups of what a scenario waits for stand in its turns as `{name}`. */
export function parseScript(json: unknown): Script {
  const { usage, scenarios } = Script.parse(json);
  return {
    usage,
    scenarios: Object.entries(scenarios).map(([name, { when, turns }]) => ({
      name,
      system: when?.system,
      user: when === undefined ? askedByName(name) : when.user,
      turns: turns.flatMap((turn) => Array<Turn>(turn.repeat).fill(turn)),
    })),
  };
}

const askedByName = (name: string): RegExp => new RegExp(`\\bplay:${name}\\b(?: dir:(?<dir>\\S+))?`, "u");

/** Several files are one script; the usage of the last that has one counts. */
export function readScripts(files: readonly string[]): Script {
  const scripts = files.map((file) => parseScript(JSON.parse(readFileSync(file, "utf8"))));
  return {
    usage: scripts.findLast(({ usage }) => usage !== undefined)?.usage,
    scenarios: scripts.flatMap(({ scenarios }) => scenarios),
  };
}
