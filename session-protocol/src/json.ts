import { z } from "zod";

/** Any JSON object. What is inside is kept as sent. */
export const JsonObject = z.record(z.string(), z.unknown());
export type JsonObject = z.infer<typeof JsonObject>;
