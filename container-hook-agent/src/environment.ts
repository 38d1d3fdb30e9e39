/** Where a process of an agent reports to, as its container says. */
export interface Environment {
  readonly serviceUrl: string | undefined;
  readonly sessionId: string | undefined;
  readonly userId: string | undefined;
  /** The container, by a name that people know. */
  readonly sandboxId: string | undefined;
  /** For what cannot be sent; `off`: nowhere. */
  readonly spoolFolder: string | undefined;
  /** Where programs of this user keep such things. */
  readonly stateFolder: string | undefined;
}

/**
 * Reads `SESSION_SERVICE_URL`, `SESSION_ID`, `SESSION_USER_ID`, `SESSION_SANDBOX_ID` and `SESSION_SPOOL_DIR`, and
 * `XDG_STATE_HOME`; set but empty is as good as not set.
 */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  return {
    serviceUrl: given(env.SESSION_SERVICE_URL),
    sessionId: given(env.SESSION_ID),
    userId: given(env.SESSION_USER_ID),
    sandboxId: given(env.SESSION_SANDBOX_ID),
    spoolFolder: given(env.SESSION_SPOOL_DIR),
    stateFolder: given(env.XDG_STATE_HOME),
  };
}

/** The text, unless there is none in it. */
export function given(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
