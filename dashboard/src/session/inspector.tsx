import { lazy, Suspense } from "react";
import { useKeys } from "../app/keys.js";
import { adjust, usePlace } from "../app/use-place.js";
import { StateTab } from "../inspector/state-tab.js";
import type { TabProps } from "../inspector/tab-props.js";

const GoalsTab = lazy(() => import("../inspector/goals-tab.js"));
const AgentsTab = lazy(() => import("../inspector/agents-tab.js"));
const RunsTab = lazy(() => import("../inspector/runs-tab.js"));
const ToolsTab = lazy(() => import("../inspector/tools-tab.js"));
const EventsTab = lazy(() => import("../inspector/events-tab.js"));
const FilesTab = lazy(() => import("../inspector/files-tab.js"));

const TABS: readonly (readonly [string, string, React.ComponentType<TabProps>])[] = [
  ["state", "State", StateTab],
  ["goals", "Goals", GoalsTab],
  ["agents", "Agents", AgentsTab],
  ["runs", "Runs", RunsTab],
  ["tools", "Tools", ToolsTab],
  ["events", "Events", EventsTab],
  ["files", "Files", FilesTab],
];

export function Inspector(props: TabProps) {
  const { tab } = usePlace().query;
  const at = Math.max(
    0,
    TABS.findIndex(([key]) => key === tab),
  );
  const choose = (index: number): void => {
    adjust({ tab: TABS[(index + TABS.length) % TABS.length]?.[0] });
  };
  useKeys(
    Object.fromEntries(
      TABS.map((_, index) => [
        String(index + 1),
        () => {
          choose(index);
        },
      ]),
    ),
  );
  const [key, , Tab] = TABS[at] as (typeof TABS)[number];
  return (
    <section className="inspector" aria-label="Inspector">
      <TabList at={at} choose={choose} />
      <div className="tab" role="tabpanel" id="tab-panel" aria-labelledby={`tab-${key}`} tabIndex={0}>
        <Suspense fallback={<p className="note">Loading…</p>}>
          <Tab {...props} />
        </Suspense>
      </div>
    </section>
  );
}

/** One tab stop; arrows move between the tabs, as in every list of tabs. */
function TabList({ at, choose }: { readonly at: number; readonly choose: (index: number) => void }) {
  return (
    <div
      role="tablist"
      aria-label="Inspector"
      className="tabs"
      onKeyDown={(event) => {
        const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
        if (step === 0) return;
        const next = (at + step + TABS.length) % TABS.length;
        choose(next);
        event.currentTarget.querySelectorAll<HTMLElement>("[role=tab]")[next]?.focus();
      }}
    >
      {TABS.map(([key, title], index) => (
        <button
          key={key}
          id={`tab-${key}`}
          type="button"
          role="tab"
          aria-selected={index === at}
          aria-controls="tab-panel"
          tabIndex={index === at ? 0 : -1}
          onClick={() => {
            choose(index);
          }}
        >
          {title}
        </button>
      ))}
    </div>
  );
}
