import { createServer } from "node:http";
import { WebSocketServer } from "ws";
import { announce } from "./announce.mjs";
import { readBody } from "./body.mjs";

const TIMESTAMP = "2026-01-01T00:00:00.000Z";
const ID = "01890a5d-ac96-774b-bcce-b302099a8057";
let seq = 0;

/** What most servers do: nothing is kept, and every line posted is sent to every client by a call of its own. */
const server = createServer((request, response) => {
  readBody(request, (body) => {
    for (const line of body.split("\n")) if (line !== "") broadcast(line);
    response.writeHead(200, { "content-length": 0 }).end();
  });
});
const sockets = new WebSocketServer({ server });
sockets.on("connection", (socket) => socket.send('{"type":"connected"}'));

/** @param {string} line the event as posted; the frame is about as long as the service's */
function broadcast(line) {
  seq += 1;
  const header = `"sessionId":"bench","seq":${seq},"offset":${seq},"id":"${ID}","timestamp":"${TIMESTAMP}"`;
  const frame = `{${header},"data":${line}}`;
  for (const client of sockets.clients) client.send(frame);
}

announce(server);
