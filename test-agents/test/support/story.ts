import type { Json, RecordedSession } from "./session.js";

/** A session of a graph without ids and times: nodes by their names. What every language's hook agent tells alike. */
export interface Story {
  readonly runs: Json[];
  readonly nodes: Json[];
  readonly actions: Json[];
  readonly responses: Json[];
}

export function storyOf({ runs, nodes, actions, responses }: RecordedSession): Story {
  const names = new Map(nodes.map(({ nodeId, name }) => [nodeId, name]));
  const within = ({ nodeId, agentId }: Json): Json => ({ agentId, node: names.get(nodeId) });
  return {
    runs: runs.map((run) =>
      pick(run, "flow", "agentId", "role", "provider", "status", "error", "tokensUsed"),
    ),
    nodes: nodes.map((node) => ({
      ...pick(node, "name", "nodeType", "status", "error"),
      ...without({ under: names.get(node.parentNodeId), ...(node.metadata as Json), step: undefined }),
      ...without({ notes: (node.output as Json | undefined)?.notes }),
    })),
    actions: actions.map((action) => ({
      ...pick(action, "type", "tool", "toolUseId", "threadId", "input", "output", "error", "by"),
      ...without(within(action)),
    })),
    responses: responses.map((response) => ({
      ...pick(response, "content", "model", "usage", "toolCalls"),
      ...without(within(response)),
    })),
  };
}

function pick(from: Json, ...names: string[]): Json {
  return without(Object.fromEntries(names.map((name) => [name, from[name]])));
}

function without(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value != null));
}
