import { Agent, request } from "node:http";
import { text } from "node:stream/consumers";

const agent = new Agent({ keepAlive: true });

/**
 * @param {number} port
 * @param {string} path
 * @param {string} contentType
 * @param {string} body
 * @returns {Promise<void>} once the answer is there
 */
export function publish(port, path, contentType, body) {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": contentType, "content-length": Buffer.byteLength(body) };
    const sent = request({ host: "127.0.0.1", port, path, method: "POST", headers, agent }, (response) => {
      text(response).then((answer) => {
        if (response.statusCode === 200 || response.statusCode === 201) resolve();
        else reject(new Error(`${path} answered ${response.statusCode}: ${answer}`));
      }, reject);
    });
    sent.once("error", reject);
    sent.end(body);
  });
}
