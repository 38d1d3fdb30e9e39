export type Fields = Readonly<Record<string, unknown>>;

export function parseObject(json: string): Fields | undefined {
  try {
    return objectOf(JSON.parse(json));
  } catch {
    return undefined;
  }
}

export const textOf = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

export const numberOf = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isFinite(value) ? value : undefined;

export const objectOf = (value: unknown): Fields | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const objectsOf = (value: unknown): readonly Fields[] =>
  listOf(value)
    .map(objectOf)
    .filter((item) => item !== undefined);
