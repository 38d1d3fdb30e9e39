import type { JsonObject } from "session-protocol";

/** What an error that an agent reported says, whether it is a text or an object. */
export function messageOf(error: unknown): string {
  if (typeof error === "string") return error;
  const { message } = (typeof error === "object" ? (error ?? {}) : {}) as JsonObject;
  return typeof message === "string" ? message : JSON.stringify(error);
}
