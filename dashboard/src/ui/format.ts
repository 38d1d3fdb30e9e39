/** `850 ms`, `4.2 s`, `3 min 5 s`, `2 h 4 min`, `3 d 2 h`. */
export function durationText(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const units: readonly [number, string][] = [
    [86_400, "d"],
    [3_600, "h"],
    [60, "min"],
    [1, "s"],
  ];
  const first = units.findIndex(([size]) => seconds >= size);
  const [size, unit] = units[first] as [number, string];
  const [nextSize, nextUnit] = units[first + 1] as [number, string];
  const whole = Math.floor(seconds / size);
  const rest = Math.floor((seconds % size) / nextSize);
  return rest === 0 ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${nextUnit}`;
}

/** `950`, `12.3k`, `4.5M`. */
export function countText(count: number): string {
  if (count < 1_000) return String(count);
  const [size, unit] = count < 999_950 ? [1_000, "k"] : count < 999_950_000 ? [1e6, "M"] : [1e9, "G"];
  const value = count / size;
  return `${value < 100 ? value.toFixed(1).replace(/\.0$/, "") : Math.round(value)}${unit}`;
}

/** US dollars, with as many digits as small amounts need. */
export function costText(usd: number): string {
  if (usd === 0) return "$0";
  if (usd < 0.01) return `$${usd.toPrecision(2)}`;
  return `$${usd < 100 ? usd.toFixed(2) : Math.round(usd).toLocaleString("en")}`;
}

export function bytesText(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  const kib = bytes / 1_024;
  return kib < 1_024 ? `${kib.toFixed(1)} KiB` : `${(kib / 1_024).toFixed(1)} MiB`;
}

/** `just now`, `5 min ago`, `3 h ago`, `2 d ago`, else the date. */
export function agoText(thenMs: number, nowMs: number): string {
  const seconds = Math.max(0, (nowMs - thenMs) / 1_000);
  if (seconds < 10) return "just now";
  if (seconds < 60) return `${Math.floor(seconds)} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  if (seconds < 30 * 86_400) return `${Math.floor(seconds / 86_400)} d ago`;
  return new Date(thenMs).toISOString().slice(0, 10);
}

/** Time of day with milliseconds, in the reader's own zone. */
export function clockText(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime())
    ? iso
    : `${time.toLocaleTimeString("en-GB")}.${String(time.getMilliseconds()).padStart(3, "0")}`;
}

/** A moment as fields for dates take it, to the minute, in the reader's own zone; empty where it is none. */
export function localTime(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return "";
  return new Date(time.getTime() - time.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

/**
 * Text as it is to be read: what would turn its direction, hide in it or move the cursor is shown by name, so
 * that nothing an agent wrote looks like something else.
 */
export function visibleText(text: string): string {
  return text.replace(
    HIDDEN,
    (character) =>
      `\u27e8U+${character.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0") ?? ""}\u27e9`,
  );
}

// Controls but tab, newline and carriage return; marks of direction and of notes; characters that are not drawn, tags
// among them, but for those that choose the form of the one before.
const HIDDEN = /[^\P{Cc}\t\n\r]|[\u202a-\u202e\ufff9-\ufffb]|(?![\ufe00-\ufe0f])\p{DI}/gu;
