import { createRequire } from "node:module";

/**
 * What is taken for a credential. `pattern` is in the subset JavaScript and Python's `re` share and takes time linear
 * in the text; what its first group matches, if it has one, is kept. Text without any of `hints` is never a hit.
 */
export interface RedactionRule {
  readonly kind: string;
  readonly pattern: string;
  /** `i` or nothing. It holds for the hints as well. */
  readonly flags: "" | "i";
  /** At least one; letters, digits and punctuation that JSON never escapes. */
  readonly hints: readonly string[];
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
  readonly hint: RegExp;
  readonly pattern: RegExp;
  readonly keepsGroup: boolean;
}

export interface Redactor {
  /** False: nothing in this JSON text is a credential. True: something may be. */
  mayMatch(json: string): boolean;
  /** The text without its credentials; `onHit` is told of each. */
  text(text: string, onHit: (kind: string) => void): string;
  /** The kind of credential a field of this name holds. */
  fieldKind(name: string): string | undefined;
}

/** The rules shared with other languages, in `redaction/rules.json`. */
export const REDACTION_RULES = createRequire(import.meta.url)("../redaction/rules.json") as RedactionRules;

/** Configured rules come after the common ones. */
export function createRedactor(more: Partial<RedactionRules> = {}): Redactor {
  const rules = [...REDACTION_RULES.rules, ...(more.rules ?? [])];
  const fields = [...REDACTION_RULES.fields, ...(more.fields ?? [])];
  const compiled = rules.map(compile);
  const kinds = new Map(fields.flatMap(({ kind, names }) => names.map((name) => [canonical(name), kind])));
  const anywhere = screenOf(rules, fields);
  return {
    mayMatch: (json) => anywhere.some((screen) => screen.test(json)),
    text: (text, onHit) => compiled.reduce((rest, rule) => apply(rule, rest, onHit), text),
    fieldKind: (name) => kinds.get(canonical(name)),
  };
}

const canonical = (name: string): string => name.toLowerCase().replaceAll("_", "-");

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");

const anyOf = (texts: readonly string[]): string => texts.map(escaped).join("|");

function compile({ kind, pattern, flags, hints }: RedactionRule): CompiledRule {
  const groups = new RegExp(`${pattern}|`).exec("")?.length ?? 1;
  return {
    kind,
    hint: new RegExp(anyOf(hints), flags),
    pattern: new RegExp(pattern, `g${flags}`),
    keepsGroup: groups > 1,
  };
}

function apply(rule: CompiledRule, text: string, onHit: (kind: string) => void): string {
  const { kind, hint, pattern, keepsGroup } = rule;
  if (!hint.test(text)) return text;
  return text.replace(pattern, (_match, group: unknown) => {
    onHit(kind);
    return `${keepsGroup ? String(group) : ""}[redacted:${kind}]`;
  });
}

/** Two passes over a text, one for either case rule, tell nearly all of them to be harmless. */
function screenOf(rules: readonly RedactionRule[], fields: readonly RedactionField[]): RegExp[] {
  const exact = rules.filter(({ flags }) => flags === "").flatMap(({ hints }) => hints);
  const anyCase = rules.filter(({ flags }) => flags === "i").flatMap(({ hints }) => hints);
  const names = fields.flatMap((field) => field.names).map((name) => escaped(name).replaceAll("\\-", "[-_]"));
  const folded = [...anyCase.map(escaped), ...names.map((name) => `"${name}"`)].join("|");
  return [new RegExp(anyOf(exact)), new RegExp(folded, "i")];
}
