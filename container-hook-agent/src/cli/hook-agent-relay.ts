import { request } from "node:http";

/** Sends its standard input to the recorder: a hook of Claude Code that it gives only to commands. Never fails. */
const TIMEOUT_MS = 5_000;

const url = process.argv[2];
if (url !== undefined) {
  const post = request(url, { method: "POST", timeout: TIMEOUT_MS }, (response) => response.resume());
  post.on("error", () => undefined);
  post.on("timeout", () => post.destroy());
  process.stdin.pipe(post);
}
