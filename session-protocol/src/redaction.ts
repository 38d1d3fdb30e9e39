import { createRequire } from "node:module";
import { canBePlain, linesOf, MARK, plainOf } from "./plain-lines.js";

/**
 * What is taken for a credential. `pattern` is in the subset JavaScript and Python's `re` share and takes time linear
 * in the text; what its first group matches, if it has one, is kept. Text without any of `hints` is never a hit.
 */
export interface RedactionRule {
  readonly kind: string;
  readonly pattern: string;
  /** `i` or nothing. It holds for the hints as well. */
  readonly flags: "" | "i";
  /** At least one; letters, digits and punctuation that JSON need not escape. */
  readonly hints: readonly string[];
  /**
   * For hints that are common in harmless text, a pattern that the JSON text of every hit matches: it may say nothing of
   * what is before the hint, nor count characters that JSON may escape. Looking for it costs several times as much where
   * its third character is a common one, as the x of "xox" among padding and hexadecimal.
   */
  readonly screen?: string;
}

/** Text under a key of such a name, whatever its case and with `_` for `-`, is a credential as a whole. */
export interface RedactionField {
  readonly kind: string;
  readonly names: readonly string[];
}

export interface RedactionRules {
  readonly rules: readonly RedactionRule[];
  readonly fields: readonly RedactionField[];
}

interface CompiledRule {
  readonly kind: string;
  readonly isHintedIn: (text: string) => boolean;
  readonly pattern: RegExp;
  readonly keepsGroup: boolean;
  /** What the text around a string in JSON is changes nothing of what the shared ones find within it. */
  readonly isShared: boolean;
}

type OnHit = (kind: string) => void;
type OnMatch = (kind: string, match: string) => void;

export interface Redactor {
  /** False: nothing in this text, whether JSON or plain, is a credential. True: something may be. */
  mayMatch(text: string): boolean;
  /** The text without its credentials; `onHit` is told of each. */
  text(text: string, onHit: OnHit): string;
  /** The kind of credential a field of this name holds. */
  fieldKind(name: string): string | undefined;
  /**
   * Lines of JSON without the credentials in their strings; undefined for those whose strings have to be looked at one
   * by one. It takes a small part of the time that does, the first times above all.
   */
  lines(lines: readonly string[], onHit: OnHit): readonly (string | undefined)[];
}

/** The rules shared with other languages, in `redaction/rules.json`. */
export const REDACTION_RULES = createRequire(import.meta.url)("../redaction/rules.json") as RedactionRules;

/** Configured rules come after the common ones. */
export function createRedactor(more: Partial<RedactionRules> = {}): Redactor {
  const rules = [...REDACTION_RULES.rules, ...(more.rules ?? [])];
  const fields = [...REDACTION_RULES.fields, ...(more.fields ?? [])];
  const compiled = rules.map((rule, index) => compile(rule, index < REDACTION_RULES.rules.length));
  const kinds = new Map(fields.flatMap(({ kind, names }) => names.map((name) => [canonical(name), kind])));
  const [exact, anyCase] = screensOf(rules, fields);
  const mayMatch = (text: string): boolean => exact.test(text) || anyCase.test(text);
  const fieldName = new RegExp(endingsOf(fields).join("|"), "i");
  return {
    mayMatch,
    text: (text, onHit) =>
      mayMatch(text) ? compiled.reduce((rest, rule) => apply(rule, rest, onHit), text) : text,
    fieldKind: (name) => kinds.get(canonical(name)),
    lines: (lines, onHit) => {
      const isSimple = (line: string): boolean => canBePlain(line) && !fieldName.test(line);
      const simple = lines.filter(isSimple);
      const clean = applyAtOnce(compiled, simple, onHit);
      return lines.map((line) => (isSimple(line) ? clean?.shift() : undefined));
    },
  };
}

/** Of ASCII only, as in the screens: a Kelvin sign is no k. */
const canonical = (name: string): string =>
  name.replaceAll(/[A-Z]+/g, (capitals) => capitals.toLowerCase()).replaceAll("_", "-");

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");

const anyOf = (texts: readonly string[]): string => texts.map(escaped).join("|");

function compile({ kind, pattern, flags, hints }: RedactionRule, isShared: boolean): CompiledRule {
  const groups = new RegExp(`${pattern}|`).exec("")?.length ?? 1;
  return {
    kind,
    isHintedIn: hintedIn(hints, flags),
    pattern: new RegExp(pattern, `g${flags}`),
    keepsGroup: groups > 1,
    isShared,
  };
}

/** The shortest way for each: most rules have one hint, and an expression costs more than it does the first times. */
function hintedIn(hints: readonly string[], flags: string): (text: string) => boolean {
  if (flags === "") return (text) => hints.some((hint) => text.includes(hint));
  const anyCase = new RegExp(anyOf(hints), flags);
  return (text) => anyCase.test(text);
}

function apply(rule: CompiledRule, text: string, onHit: OnHit): string {
  return rule.isHintedIn(text) ? replace(rule, text, onHit) : text;
}

function replace({ kind, pattern, keepsGroup }: CompiledRule, text: string, onMatch: OnMatch): string {
  return text.replace(pattern, (match: string, group: unknown) => {
    onMatch(kind, match);
    return `${keepsGroup ? String(group) : ""}[redacted:${kind}]`;
  });
}

/** Of lines of JSON. Undefined where a rule is not one of the shared ones, or was found to go beyond the end of a string. */
function applyAtOnce(
  rules: readonly CompiledRule[],
  lines: readonly string[],
  onHit: OnHit,
): string[] | undefined {
  const text = plainOf(lines);
  const those = rules.filter(({ isHintedIn }) => isHintedIn(text));
  const kinds: string[] = [];
  let isWithin = those.every(({ isShared }) => isShared);
  const onMatch = (kind: string, match: string): void => {
    kinds.push(kind);
    isWithin &&= !match.includes(MARK);
  };
  const clean = isWithin ? those.reduce((rest, rule) => replace(rule, rest, onMatch), text) : text;
  if (!isWithin) return undefined;
  for (const kind of kinds) onHit(kind);
  return linesOf(clean);
}

/**
 * Escapes that may hide a hint from who reads the JSON text of an object: of ASCII that needs none, and of a slash. Two
 * characters come first so that the backslash is third, as in `aligned`.
 */
const HIDING = String.raw`[^]{2}\\(?:u00[2-7]|\/)(?<=[^\\](?:\\\\)*\\(?:u00.|\/))`;

/** Two passes over a text, one for either case rule, tell nearly all of them to be harmless. */
function screensOf(rules: readonly RedactionRule[], fields: readonly RedactionField[]): [RegExp, RegExp] {
  const of = (wanted: RedactionRule["flags"], literal: (hint: string) => string): string[] =>
    rules
      .filter(({ flags }) => flags === wanted)
      .flatMap(({ hints, screen }) => (screen === undefined ? hints.map(literal) : [screen]));
  return [
    new RegExp([...of("", aligned), HIDING].join("|")),
    new RegExp([...of("i", escaped), ...endingsOf(fields)].join("|"), "i"),
  ];
}

/** Of the names of fields in JSON, whatever their case. */
function endingsOf(fields: readonly RedactionField[]): string[] {
  const names = fields.flatMap((field) => field.names).map((name) => `${canonical(name)}"`);
  const endings = names.filter((name) => !names.some((other) => other !== name && name.endsWith(other)));
  return endings.map((name) => escaped(name).replaceAll("\\-", "[-_]"));
}

const SKIP_COLUMN = 2;
const RARE = [/[_/:-]/, /[A-Z.]/, /[jkqxz]/, /./] as const;
const rarity = (character: string): number => RARE.findIndex((class_) => class_.test(character));

/**
 * The hint as an expression whose third character is as rare as it has one. V8 passes over text several times faster
 * where all alternatives have rare ones in the same place.
 */
function aligned(hint: string): string {
  const length = Math.max(0, hint.length - SKIP_COLUMN);
  const columns = Array.from({ length }, (_, index) => rarity(hint.charAt(index + SKIP_COLUMN)));
  const shift = Math.max(0, columns.indexOf(Math.min(...columns)));
  const end = shift + SKIP_COLUMN + 1;
  const before = shift === 0 ? "" : `(?<=${escaped(hint.slice(0, end))})`;
  return escaped(hint.slice(shift, end)) + before + escaped(hint.slice(end));
}
