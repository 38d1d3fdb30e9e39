const PAGE = "Agent sessions";

/** Failures that came while the page was hidden, and what is shown. */
export function titleOfPage(name: string, failures: number): string {
  const words = name === "" ? PAGE : `${name} · ${PAGE}`;
  return failures === 0 ? words : `(${failures}) ${words}`;
}
