/** Whether an `If-Match` header names this version, with or without quotes. */
export function namesVersion(ifMatch: string, version: number): boolean {
  if (ifMatch === "*") return true;
  const named = ifMatch.split(",").map((tag) => tag.trim().replace(/^W\//, "").replaceAll('"', ""));
  return named.includes(String(version));
}
