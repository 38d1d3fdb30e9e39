import { fdatasync, openSync, writeSync } from "node:fs";
import { createServer } from "node:http";
import { announce } from "./announce.mjs";
import { readBody } from "./body.mjs";

const ANSWER = '{"success":true,"seq":1}';
const HEADERS = { "content-type": "application/json", "content-length": ANSWER.length };

/**
 * The least a durable POST route can do: parse the body, append it to one file, and answer once a sync that
 * many requests share is done. What it stores is of no use: no checksum, number, validation or second file.
 */
const descriptor = openSync(/** @type {string} */ (process.argv[2]), "a");
/** @type {{ line: string, answer: () => void }[]} */
let waiting = [];
let committing = false;

function commit() {
  const group = waiting;
  waiting = [];
  writeSync(descriptor, group.map(({ line }) => line).join(""));
  fdatasync(descriptor, (error) => {
    if (error !== null) throw error;
    for (const { answer } of group) answer();
    if (waiting.length > 0) setImmediate(commit);
    else committing = false;
  });
}

const server = createServer((request, response) => {
  readBody(request, (body) => {
    JSON.parse(body);
    waiting.push({ line: `${body}\n`, answer: () => response.writeHead(200, HEADERS).end(ANSWER) });
    if (committing) return;
    committing = true;
    setImmediate(commit);
  });
});

announce(server);
