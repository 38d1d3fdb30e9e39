import { createSession, lastSeq } from "../recorder.mjs";
import { post } from "./wrk.mjs";

/**
 * Posts to one session and holds the service to its promise: what it acknowledged is stored.
 * @param {import("../server.mjs").Server} service
 * @param {string} sessionId
 * @param {Omit<import("./wrk.mjs").Load, "paths">} load
 * @param {{ route: string, events: number }} request events in each
 */
export async function append(service, sessionId, load, { route, events }) {
  const before = await lastSeq(service, sessionId);
  const result = await post(service, { ...load, paths: [route] });
  const stored = (await lastSeq(service, sessionId)) - before;
  const acknowledged = result.outcome.requests * events;
  if (stored < acknowledged) throw new Error(`${acknowledged} events acknowledged, ${stored} stored`);
  return result;
}

/**
 * Single events to a session of their own, made for this sample.
 * @param {import("../server.mjs").Server} service
 * @param {string} sessionId
 * @param {Omit<import("./wrk.mjs").Load, "paths">} load
 */
export async function appendToNewSession(service, sessionId, load) {
  await createSession(service, sessionId);
  return append(service, sessionId, load, { route: `/api/actions/${sessionId}`, events: 1 });
}
