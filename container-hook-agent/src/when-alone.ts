/** What libuv waits for, though the socket it is for may not keep the process alive. */
const UNFINISHED = /^(?:TCP)?ConnectWrap$|WriteWrap$|^ShutdownWrap$/;
/** These are told of whether or not anything waits for them. */
const STANDARD = /^(?:Pipe|TTY)Wrap$/;

const LOOK_EVERY_MS = 25;
const FIRST_GRACE_MS = 50;
const MAX_GRACE_MS = 10_000;
let graceMs = FIRST_GRACE_MS;

/**
 * Calls `cut` when a connection that nobody accepts, or a body that nobody reads, is all that still keeps the process
 * alive. A process that only waits for its standard input looks the same, so every time there is more patience, until
 * there is an answer. Returns what is called at the end of the request.
 */
export function whenAlone(cut: () => void): (isAnswered: boolean) => void {
  const startedMs = performance.now();
  const timer = setInterval(() => {
    if (performance.now() - startedMs < graceMs || !isAlone()) return;
    graceMs = Math.min(2 * graceMs, MAX_GRACE_MS);
    cut();
  }, LOOK_EVERY_MS).unref();
  return (isAnswered) => {
    clearInterval(timer);
    if (isAnswered) graceMs = FIRST_GRACE_MS;
  };
}

function isAlone(): boolean {
  const names = process.getActiveResourcesInfo();
  const others = names.filter((name) => !STANDARD.test(name));
  return others.length > 0 && others.every((name) => UNFINISHED.test(name));
}
