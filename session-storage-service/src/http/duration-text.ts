const MINUTE = 60;
const HOUR = 60 * MINUTE;

/** A duration for people: `8s`, `45.2s`, `2m 05s`, `1h 02m 05s`. Tenths are shown below a minute only. */
export function durationText(durationMs: number, unit: "seconds" | "tenths" = "seconds"): string {
  const inTenths = Math.round(durationMs / 100) / 10;
  const seconds = Math.round(durationMs / 1_000);
  if (unit === "tenths" && inTenths < MINUTE) return `${inTenths.toFixed(1)}s`;
  if (seconds < MINUTE) return `${String(seconds)}s`;
  const padded = (value: number): string => String(Math.floor(value)).padStart(2, "0");
  const rest = `${padded(seconds % MINUTE)}s`;
  if (seconds < HOUR) return `${String(Math.floor(seconds / MINUTE))}m ${rest}`;
  return `${String(Math.floor(seconds / HOUR))}h ${padded((seconds % HOUR) / MINUTE)}m ${rest}`;
}
