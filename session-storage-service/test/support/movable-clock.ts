import type { Clock } from "../../src/domain/ports.js";

const DAY_MS = 86_400_000;

/** A clock that stands still until it is told how many days to go on. */
export class MovableClock implements Clock {
  constructor(private nowMs = Date.parse("2026-01-01T12:00:00.000Z")) {}

  now(): number {
    return this.nowMs;
  }

  passDays(days: number): void {
    this.nowMs += days * DAY_MS;
  }
}
