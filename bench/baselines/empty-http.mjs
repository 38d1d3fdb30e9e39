import { createServer } from "node:http";
import { announce } from "./announce.mjs";
import { readBody } from "./body.mjs";

const ANSWER = '{"success":true,"seq":1}';
const HEADERS = { "content-type": "application/json", "content-length": ANSWER.length };

/** The least a POST route can do: read the body, parse it, answer. */
const server = createServer((request, response) => {
  readBody(request, (body) => {
    if (request.headers["content-type"] === "application/x-ndjson") parseLines(body);
    else JSON.parse(body);
    response.writeHead(200, HEADERS).end(ANSWER);
  });
});

/** @param {string} body */
function parseLines(body) {
  for (const line of body.split("\n")) if (line !== "") JSON.parse(line);
}

announce(server);
