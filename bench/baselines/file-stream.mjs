import { createReadStream } from "node:fs";
import { createServer } from "node:http";
import { announce } from "./announce.mjs";

const file = /** @type {string} */ (process.argv[2]);

announce(
  createServer((_request, response) => {
    response.writeHead(200, { "content-type": "application/x-ndjson" });
    createReadStream(file).pipe(response);
  }),
);
