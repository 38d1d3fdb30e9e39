import type { Redactor } from "session-protocol/redaction";

/** A JSON object's text without the credentials in it. */
export function redactedText(text: string, redactor: Redactor): string {
  if (!redactor.mayMatch(text)) return text;
  return JSON.stringify(redacted(JSON.parse(text), redactor));
}

function redacted(value: unknown, redactor: Redactor): unknown {
  if (typeof value === "string") return redactor.text(value, () => undefined);
  if (Array.isArray(value)) return value.map((item) => redacted(item, redactor));
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value).map(([name, field]: [string, unknown]) => {
    const kind = typeof field === "string" && field !== "" ? redactor.fieldKind(name) : undefined;
    return [name, kind === undefined ? redacted(field, redactor) : `[redacted:${kind}]`];
  });
  return Object.fromEntries(fields) as unknown;
}
