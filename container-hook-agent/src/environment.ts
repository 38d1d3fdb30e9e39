/** Where a process of an agent reports to, as its container says. */
export interface Environment {
  readonly serviceUrl: string | undefined;
  readonly sessionId: string | undefined;
  readonly userId: string | undefined;
}

/** Reads `SESSION_SERVICE_URL`, `SESSION_ID` and `SESSION_USER_ID`; set but empty is as good as not set. */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  return {
    serviceUrl: given(env.SESSION_SERVICE_URL),
    sessionId: given(env.SESSION_ID),
    userId: given(env.SESSION_USER_ID),
  };
}

/** The text, unless there is none in it. */
export function given(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
