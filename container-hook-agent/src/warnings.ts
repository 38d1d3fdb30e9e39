/** `subject` tells one kind of trouble from another: each is told of once. */
export type WarnOnce = (subject: string, message: string) => void;

/** One warning of each kind and no more: a recorder in trouble must not fill its host's log. Never throws. */
export function createWarnOnce(warn: (message: string) => void): WarnOnce {
  const told = new Set<string>();
  return (subject, message) => {
    if (told.has(subject)) return;
    told.add(subject);
    try {
      warn(message);
    } catch {
      // The host's own function failed; there is nobody left to tell.
    }
  };
}

export function warnByProcess(message: string): void {
  process.emitWarning(message, "HookAgentWarning");
}
