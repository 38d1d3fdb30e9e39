import type { Agent } from "session-protocol";
import { adjust } from "../app/use-place.js";
import { hashOf } from "../app/location.js";
import { visibleText } from "../ui/format.js";
import { StatusBadge } from "../ui/status-badge.js";
import { Value } from "../event/value.js";
import type { TabProps } from "./tab-props.js";

interface Branch {
  readonly agent: Agent;
  readonly children: readonly Branch[];
}

/** Agents under those that spawned them. */
export default function AgentsTab({ loaded }: TabProps) {
  const { spawned } = loaded.head.state.agents;
  if (spawned.length === 0) return <p className="note">No agent was spawned.</p>;
  return <Branches branches={treeOf(spawned)} />;
}

function Branches({ branches }: { readonly branches: readonly Branch[] }) {
  return (
    <ul className="agents">
      {branches.map(({ agent, children }) => (
        <li key={agent.agentId}>
          <AgentLine agent={agent} />
          {children.length > 0 && <Branches branches={children} />}
        </li>
      ))}
    </ul>
  );
}

function AgentLine({ agent }: { readonly agent: Agent }) {
  const { agentId, type, status, task, result, error, subsession } = agent;
  return (
    <>
      <StatusBadge status={status} /> <b>{visibleText(type)}</b>{" "}
      <button
        type="button"
        className="more"
        onClick={() => {
          adjust({ agentId });
        }}
      >
        {agentId}
      </button>
      {typeof subsession === "string" && <a href={hashOf(["session", subsession])}>its session</a>}
      {task != null && <Value value={task} />}
      {result != null && <Value value={result} />}
      {error != null && (
        <div className="failure">
          <Value value={error} />
        </div>
      )}
    </>
  );
}

/** Agents whose parents are not known, or that are each other's, stand at the top. */
export function treeOf(agents: readonly Agent[]): readonly Branch[] {
  const seen = new Set<Agent>();
  const branch = (agent: Agent): Branch => {
    seen.add(agent);
    const children = agents.filter(({ parentAgentId }) => parentAgentId === agent.agentId);
    return { agent, children: children.filter((child) => !seen.has(child)).map(branch) };
  };
  const ids = new Set(agents.map(({ agentId }) => agentId));
  const tops = agents.filter(({ parentAgentId }) => !ids.has(String(parentAgentId))).map(branch);
  return [...tops, ...agents.filter((agent) => !seen.has(agent)).map((agent) => ({ agent, children: [] }))];
}
