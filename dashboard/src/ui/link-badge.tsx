import type { LinkState } from "../live/follower.js";

const WORDS: Readonly<Record<LinkState["kind"], string>> = {
  connecting: "connecting",
  replaying: "catching up",
  live: "live",
  waiting: "no connection",
  ended: "stopped",
};

/** Says whether what is shown is up to date, and why not. */
export function LinkBadge({ state }: { readonly state: LinkState }) {
  const words =
    state.kind === "ended" && state.reason === "other_store"
      ? "the service has another store: reload"
      : WORDS[state.kind];
  return (
    <span className={`link link-${state.kind}`} role="status">
      <span className="dot" aria-hidden="true" />
      {words}
    </span>
  );
}
