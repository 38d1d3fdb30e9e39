// A stand-in for the Messages API on loopback that plays scenarios.json. Prints its port as JSON; GET /requests
// answers what it was sent, and when on its own clock.
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { eventsOf, messageOf } from "./answer.mjs";
import { nextTurn } from "./scenario.mjs";

const requests = [];

function json(response, status, body) {
  response
    .writeHead(status, { "content-type": "application/json", "retry-after": "0" })
    .end(JSON.stringify(body));
}

function stream(response, message) {
  response.writeHead(200, { "content-type": "text/event-stream", "request-id": `req_${message.id}` });
  for (const event of eventsOf(message))
    response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
  response.end();
}

function answer(body, response) {
  const { turn, step } = nextTurn(body.messages ?? []);
  if (turn.status !== undefined) {
    const error = { type: turn.type, message: "as the scenario says" };
    return json(response, turn.status, { type: "error", error });
  }
  const message = messageOf(turn, step, body.model);
  return body.stream === true ? stream(response, message) : json(response, 200, message);
}

const server = createServer(async (request, response) => {
  const raw = await text(request);
  const { pathname } = new URL(request.url, "http://loopback");
  if (pathname === "/requests") return json(response, 200, requests);
  if (pathname === "/v1/messages/count_tokens") return json(response, 200, { input_tokens: raw.length });
  if (pathname !== "/v1/messages")
    return json(response, 404, { type: "error", error: { type: "not_found_error" } });
  const body = JSON.parse(raw);
  requests.push({ atMs: performance.now(), body });
  return answer(body, response);
});

server.listen(0, "127.0.0.1", () => console.log(JSON.stringify({ port: server.address().port })));
