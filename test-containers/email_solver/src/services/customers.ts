import { readFileSync } from "node:fs";
import { z } from "zod";
import type { Customer } from "../mail.js";

const CustomerList = z.array(
  z.object({
    number: z.string(),
    name: z.string(),
    address: z.string(),
    since: z.number().int(),
    flights: z.number().int(),
  }),
);

/** Who is a customer already. */
export class Customers {
  readonly #customers: readonly Customer[];

  constructor(file: string) {
    this.#customers = CustomerList.parse(JSON.parse(readFileSync(file, "utf8")));
  }

  byAddress(address: string): Customer | undefined {
    return this.#customers.find((customer) => customer.address === address.toLowerCase());
  }
}
