/**
 * @param {import("node:http").IncomingMessage} request
 * @param {(body: string) => void} done
 */
export function readBody(request, done) {
  /** @type {Buffer[]} */
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => done(Buffer.concat(chunks).toString()));
}
