export type Theme = "dark" | "light";

const KEY = "theme";

/** What the reader chose, else what the system prefers; dark where it prefers nothing. */
export function storedTheme(): Theme {
  const chosen = window.localStorage.getItem(KEY);
  if (chosen === "dark" || chosen === "light") return chosen;
  return window.matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
}

export function nextTheme(theme: Theme): Theme {
  return theme === "dark" ? "light" : "dark";
}

export function wearTheme(theme: Theme): void {
  window.localStorage.setItem(KEY, theme);
  showTheme(theme);
}

export function showTheme(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
}
