/** What a command line of Claude Code goes on with: a conversation by its id, or the latest of the project. */
export type Resumed = { readonly sessionId: string } | "latest";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Undefined: with none, or with one that a person chooses when it runs. */
export function resumedBy(args: readonly string[]): Resumed | undefined {
  const end = args.indexOf("--");
  const options = end === -1 ? args : args.slice(0, end);
  for (const [at, arg] of options.entries()) {
    const value = /^(?:--resume|-r)=(.*)$/.exec(arg)?.[1] ?? /^-r(.+)$/.exec(arg)?.[1];
    const id = value ?? (arg === "--resume" || arg === "-r" ? options[at + 1] : undefined);
    if (id !== undefined && UUID.test(id)) return { sessionId: id.toLowerCase() };
  }
  const isContinued = options.some((arg) => arg === "--continue" || arg === "-c" || /^-p?c$|^-cp$/.test(arg));
  return isContinued ? "latest" : undefined;
}
