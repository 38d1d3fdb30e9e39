import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";

/**
 * Runs a program to its end and gives what it printed.
 * @param {string} command
 * @param {string[]} args
 * @returns {Promise<string>}
 */
export async function run(command, args) {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  /** @type {Promise<number | null>} */
  const exited = new Promise((resolve, reject) => child.once("error", reject).once("exit", resolve));
  const [code, output] = await Promise.all([exited, text(child.stdout)]);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${code}:\n${output}`);
  return output;
}

/**
 * Runs one of our load programs with its options as JSON; its last line of output is its result.
 * @param {string} script
 * @param {object} options
 * @returns {Promise<Record<string, number>>}
 */
export async function runLoad(script, options) {
  const output = await run(process.execPath, [script, JSON.stringify(options)]);
  return JSON.parse(/** @type {string} */ (output.trim().split("\n").at(-1)));
}
