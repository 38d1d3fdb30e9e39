import type { JsonObject } from "session-protocol";
import { visibleText } from "./format.js";
import { StatusBadge } from "./status-badge.js";

/** A patch of the state may have put goals there that say little. */
export function GoalLine({ goal: { id, description, status } }: { readonly goal: JsonObject }) {
  const words = [description, id].find((each) => typeof each === "string") ?? "a goal without a name";
  return (
    <>
      <StatusBadge status={typeof status === "string" ? status : "pending"} /> {visibleText(words)}
    </>
  );
}
