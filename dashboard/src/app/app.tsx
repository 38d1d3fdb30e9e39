import { lazy, Suspense, useState } from "react";
import { Overview } from "../overview/overview.js";
import { ErrorBoundary } from "./error-boundary.js";
import { Header } from "./header.js";
import { KeyHelp } from "./key-help.js";
import { useKeys } from "./keys.js";
import type { Place } from "./location.js";
import { goTo, usePlace } from "./use-place.js";

const parts = {
  session: () => import("../session/session-view.js"),
  live: () => import("../feed/feed-view.js"),
  search: () => import("../search/search-view.js"),
  compare: () => import("../compare/compare-view.js"),
};
const SessionView = lazy(parts.session);
const FeedView = lazy(parts.live);
const SearchView = lazy(parts.search);
const CompareView = lazy(parts.compare);

/** Fetches what a view is made of, while it is still asked where the service is. */
export function fetchView({ path: [view = ""] }: Place): void {
  // Where it cannot be fetched, the view says so.
  if (view in parts) parts[view as keyof typeof parts]().catch(() => undefined);
}

export function App() {
  const [isHelpOpen, setHelpOpen] = useState(false);
  useKeys({
    "?": () => {
      setHelpOpen(true);
    },
    "/": focusSearch,
    "g s": () => {
      goTo([]);
    },
    "g l": () => {
      goTo(["live"]);
    },
    Escape: leaveField,
  });
  const { path } = usePlace();
  return (
    <>
      <a className="skip" href="#main" onClick={skipToMain}>
        Skip to the content
      </a>
      <Header place={path[0] ?? ""} onHelp={setHelpOpen} />
      <main id="main" tabIndex={-1}>
        <ErrorBoundary key={path.join("/")}>
          <Suspense fallback={<p className="note">Loading…</p>}>
            <View path={path} />
          </Suspense>
        </ErrorBoundary>
      </main>
      {isHelpOpen && <KeyHelp onClose={setHelpOpen} />}
    </>
  );
}

function View({ path: [view, first, second] }: { readonly path: readonly string[] }) {
  if (view === undefined) return <Overview />;
  if (view === "session" && first !== undefined) return <SessionView key={first} sessionId={first} />;
  if (view === "live") return <FeedView />;
  if (view === "search") return <SearchView />;
  if (view === "compare" && first !== undefined) return <CompareView first={first} second={second} />;
  return <p className="note">There is nothing at this address.</p>;
}

function focusSearch(): void {
  document.querySelector<HTMLInputElement>("#search")?.focus();
}

function leaveField(): void {
  if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
}

/** The address after `#` is the place, so the jump is done here. */
function skipToMain(event: React.MouseEvent): void {
  event.preventDefault();
  document.querySelector<HTMLElement>("#main")?.focus();
}
