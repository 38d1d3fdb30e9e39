import { AgentCompletion, AgentRequest, AgentWriteResult, type Agent, type State } from "session-protocol";
import { AgentNotFound } from "../domain/errors.js";
import { agentRecord } from "../domain/state.js";
import { about } from "./commands.js";
import { AgentParams, SessionParams, type RouteContext } from "./context.js";
import { sendJson } from "./reply.js";
import { json, jsonBody, optionalBody, route, type Route } from "./route.js";
import { write, type Written } from "./written.js";

export function agentRoutes(context: RouteContext): Route[] {
  return [spawn(context), complete(context)];
}

function spawn({ recorder }: RouteContext): Route {
  return route({
    method: "post",
    path: "/api/state/{sessionId}/agents",
    tag: "state",
    summary: "Record that an agent was spawned",
    description:
      "Without `agentId` it becomes `agent-<type>-<suffix>`. One that exists is answered as it was spawned.",
    params: SessionParams,
    body: jsonBody(AgentRequest),
    answers: { 200: json(AgentWriteResult, "The agent as it was spawned.") },
    problems: ["session_closed"],
    handle: async ({ params, body: { value, raw }, key }, response) => {
      const command = { type: "agent_spawned", id: key, data: value, raw } as const;
      const written = await write(recorder, params.sessionId, command, ["agent_spawned"]);
      const agent = await spawnedAgent(written, value.agentId);
      sendJson(response, 200, { ...agent, seq: written.seq, ...written.mark });
    },
  });
}

async function spawnedAgent(written: Written, agentId: unknown): Promise<Agent> {
  const event = await written.event();
  return event?.type === "agent_spawned" ? agentRecord(event) : agentIn(await written.state(), agentId);
}

function agentIn({ agents }: State, agentId: unknown): Agent {
  const agent = agents.spawned.find((candidate) => candidate.agentId === agentId);
  if (agent === undefined) throw new AgentNotFound(String(agentId));
  return agent;
}

function complete({ recorder }: RouteContext): Route {
  return route({
    method: "post",
    path: "/api/state/{sessionId}/agents/{agentId}/complete",
    tag: "state",
    summary: "Record that an agent has ended",
    params: AgentParams,
    body: optionalBody(AgentCompletion),
    answers: { 200: json(AgentWriteResult, "The agent as it is now; `seq` is that of its end.") },
    problems: ["agent_not_found", "session_closed", "illegal_transition"],
    handle: async ({ params: { sessionId, agentId }, body, key }, response) => {
      const { value, raw } = about("agentId", agentId, body);
      const command = { type: "agent_completed", id: key, data: value, raw } as const;
      const written = await write(recorder, sessionId, command, ["agent_completed"]);
      const agent = agentIn(await written.state(), agentId);
      sendJson(response, 200, { ...agent, seq: written.seq, ...written.mark });
    },
  });
}
