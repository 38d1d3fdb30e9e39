import type { JsonObject } from "session-protocol";

interface Kept {
  readonly data: JsonObject;
  /** `data` as one line of JSON text. */
  readonly raw: string;
}

/** `data` with more fields, in a text that is as sent before them. Fields that were sent are replaced. */
export function withFields({ data, raw }: Kept, fields: JsonObject): Kept {
  const merged = { ...data, ...fields };
  if (Object.keys(fields).some((name) => Object.hasOwn(data, name))) {
    return { data: merged, raw: JSON.stringify(merged) };
  }
  const added = JSON.stringify(fields).slice(1);
  const separator = Object.keys(data).length === 0 ? "" : ",";
  return { data: merged, raw: raw.slice(0, raw.lastIndexOf("}")) + separator + added };
}
