import { join } from "node:path";
import { Attachments } from "./attachments.js";
import { Calendar } from "./calendar.js";
import { Customers } from "./customers.js";
import { ToolService } from "./tool-service.js";

/** A service, and the record of its calls. */
interface Served<T> {
  readonly record: ToolService;
  readonly of: T;
}

export interface Services {
  readonly customers: Served<Customers>;
  readonly calendar: Served<Calendar>;
  readonly attachments: Served<Attachments>;
  stop(): void;
}

export function startServices(folder: string): Services {
  const served = <T>(name: string, of: T): Served<T> => ({ record: new ToolService(name), of });
  const customers = served("customers", new Customers(join(folder, "customers.json")));
  const calendar = served("calendar", new Calendar(join(folder, "calendar.json")));
  const attachments = served("attachments", new Attachments(join(folder, "attachments")));
  return {
    customers,
    calendar,
    attachments,
    stop() {
      for (const { record } of [customers, calendar, attachments]) record.stop();
    },
  };
}
