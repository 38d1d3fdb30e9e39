const DAY_SECONDS = 86_400;

/** Halves of them are short numbers, too. */
const STEPS = [1, 2, 4, 6, 10];

/** A round number that is not less than the greatest value, counted in a unit. */
export function topOf(greatest: number, unit = 1): number {
  if (greatest <= 0) return unit;
  const power = 10 ** Math.floor(Math.log10(greatest / unit));
  const step = STEPS.find((each) => each * power * unit >= greatest) ?? 10;
  return step * power * unit;
}

const TIME_UNITS_MS = [86_400_000, 3_600_000, 60_000];

/** The same of milliseconds: round in minutes, hours or days where it is so long. */
export function topOfMs(greatest: number): number {
  return topOf(
    greatest,
    TIME_UNITS_MS.find((unit) => greatest > unit),
  );
}

const LABEL_PIXELS = 60;
const MOST_LABELS = 5;

/** Days that are named below a chart, in epoch seconds: the last one, and others at even distances before it. */
export function namedDays(first: number, last: number, width: number): number[] {
  const labels = Math.min(MOST_LABELS, Math.max(2, Math.floor(width / LABEL_PIXELS)));
  const days = Math.round((last - first) / DAY_SECONDS);
  const step = Math.max(1, Math.ceil(days / (labels - 1))) * DAY_SECONDS;
  const named: number[] = [];
  for (let day = last; day >= first; day -= step) named.unshift(day);
  return named;
}

/** `29 Nov`. Days are UTC's. */
export function dayText(seconds: number): string {
  return new Date(seconds * 1_000).toLocaleDateString("en-GB", {
    day: "numeric",
    month: "short",
    timeZone: "UTC",
  });
}
