import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { FreeSlot } from "../mail.js";

const Slots = z.array(
  z.object({
    slot: z.string(),
    day: z.iso.date(),
    start: z.string(),
    seats: z.number().int().positive(),
    taken: z.array(z.string()),
  }),
);
type Slot = z.infer<typeof Slots>[number];

export class NoSeats extends Error {
  constructor(slot: string, free: number, wanted: number) {
    super(`${slot} has ${free} free seat(s), not ${wanted}`);
    this.name = "NoSeats";
  }
}

/** The flights of the school, in a file. */
export class Calendar {
  constructor(private readonly file: string) {}

  free(day: string): FreeSlot[] {
    return this.#read()
      .filter((slot) => slot.day === day)
      .map((slot) => ({ slot: slot.slot, day, start: slot.start, free: freeIn(slot) }));
  }

  /** Takes seats for someone; what they held before is given back, so that it may be said twice. @throws NoSeats */
  hold(slotId: string, seats: number, by: string): void {
    const others = this.#read().map((slot) => ({ ...slot, taken: slot.taken.filter((who) => who !== by) }));
    const slot = others.find((each) => each.slot === slotId);
    const free = slot === undefined ? 0 : freeIn(slot);
    if (free < seats) throw new NoSeats(slotId, free, seats);
    slot?.taken.push(...Array<string>(seats).fill(by));
    writeFileSync(`${this.file}.new`, JSON.stringify(others, null, 2));
    renameSync(`${this.file}.new`, this.file);
  }

  #read(): Slot[] {
    return Slots.parse(JSON.parse(readFileSync(this.file, "utf8")));
  }
}

const freeIn = ({ seats, taken }: Slot): number => seats - taken.length;
