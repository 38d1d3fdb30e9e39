import type { Socket, Surroundings } from "./follower.js";

/** A browser's own WebSocket, timers and randomness. */
export const browser: Surroundings = {
  connect: (url) => new WebSocket(url) as unknown as Socket,
  random: () => Math.random(),
  setTimer: (work, afterMs) => window.setTimeout(work, afterMs),
  clearTimer: (timer) => {
    window.clearTimeout(timer);
  },
};

/** Calls `wake` whenever a sleep or a network loss may have ended; returns what stops that. */
export function onWake(wake: () => void): () => void {
  const visible = (): void => {
    if (document.visibilityState === "visible") wake();
  };
  document.addEventListener("visibilitychange", visible);
  window.addEventListener("online", wake);
  window.addEventListener("pageshow", wake);
  return () => {
    document.removeEventListener("visibilitychange", visible);
    window.removeEventListener("online", wake);
    window.removeEventListener("pageshow", wake);
  };
}
