/** The value, where there has to be one. */
export function defined<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("a value is missing");
  return value;
}
