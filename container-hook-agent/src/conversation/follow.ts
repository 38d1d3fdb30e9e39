/** How often transcripts are looked at. */
const LOOK_EVERY_MS = 100;

export interface Following {
  stop(): void;
}

/** Calls `look` again and again, at once where it says that there is more. Never keeps the process alive. */
export function follow(look: () => boolean): Following {
  let timer: NodeJS.Timeout;
  const next = (delayMs: number): void => {
    timer = setTimeout(() => next(look() ? 0 : LOOK_EVERY_MS), delayMs).unref();
  };
  next(LOOK_EVERY_MS);
  return { stop: () => clearTimeout(timer) };
}
