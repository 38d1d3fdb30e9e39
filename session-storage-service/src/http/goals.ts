import { GoalPatch, GoalRequest, GoalWriteResult, type Goal, type State } from "session-protocol";
import { GoalNotFound } from "../domain/errors.js";
import { goalRecord } from "../domain/state.js";
import { about } from "./commands.js";
import { GoalParams, SessionParams, type RouteContext } from "./context.js";
import { JSON_TYPE, MERGE_PATCH_TYPE } from "./media-type.js";
import { sendJson } from "./reply.js";
import { json, jsonBody, optionalBody, route, type Route } from "./route.js";
import { write, type Written } from "./written.js";

export function goalRoutes(context: RouteContext): Route[] {
  return [add(context), update(context)];
}

function add({ recorder }: RouteContext): Route {
  return route({
    method: "post",
    path: "/api/state/{sessionId}/goals",
    tag: "state",
    summary: "Add a goal",
    description: "Without `id` it becomes `goal-<n>`. A goal whose `id` exists is answered as it was added.",
    params: SessionParams,
    body: jsonBody(GoalRequest),
    answers: { 200: json(GoalWriteResult, "The goal as it was added.") },
    problems: ["session_closed"],
    handle: async ({ params, body: { value, raw }, key }, response) => {
      const command = { type: "goal_added", id: key, data: value, raw } as const;
      const written = await write(recorder, params.sessionId, command, ["goal_added"]);
      const goal = await addedGoal(written, value.id);
      sendJson(response, 200, { success: true, seq: written.seq, goal, ...written.mark });
    },
  });
}

/** A goal may also have come with a patch of the state. */
async function addedGoal(written: Written, goalId: unknown): Promise<Goal> {
  const event = await written.event();
  return event?.type === "goal_added" ? goalRecord(event) : goalIn(await written.state(), goalId);
}

function goalIn(state: State, goalId: unknown): Goal {
  const goal = state.goals.find(({ id }) => id === goalId);
  if (goal === undefined) throw new GoalNotFound(String(goalId));
  return goal as Goal;
}

function update({ recorder }: RouteContext): Route {
  return route({
    method: "patch",
    path: "/api/state/{sessionId}/goals/{goalId}",
    tag: "state",
    summary: "Change a goal",
    description: "A merge patch. `completedAt` is set when the goal completes.",
    params: GoalParams,
    body: optionalBody(GoalPatch, [JSON_TYPE, MERGE_PATCH_TYPE]),
    answers: { 200: json(GoalWriteResult, "The goal as it is now.") },
    problems: ["goal_not_found", "session_closed"],
    handle: async ({ params: { sessionId, goalId }, body, key }, response) => {
      const { value, raw } = about("goalId", goalId, body);
      const command = { type: "goal_updated", id: key, data: value, raw } as const;
      const written = await write(recorder, sessionId, command, ["goal_updated"]);
      const goal = goalIn(await written.state(), goalId);
      sendJson(response, 200, { success: true, seq: written.seq, goal, ...written.mark });
    },
  });
}
