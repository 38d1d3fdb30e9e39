/** Where a process of an agent reports to, as its container says. */
export interface Environment {
  readonly serviceUrl?: string;
  readonly sessionId?: string;
  readonly userId?: string;
}

/** Reads `SESSION_SERVICE_URL`, `SESSION_ID` and `SESSION_USER_ID`; set but empty is as good as not set. */
export function readEnvironment(env: NodeJS.ProcessEnv): Environment {
  const { SESSION_SERVICE_URL, SESSION_ID, SESSION_USER_ID } = env;
  return {
    ...(SESSION_SERVICE_URL && { serviceUrl: SESSION_SERVICE_URL }),
    ...(SESSION_ID && { sessionId: SESSION_ID }),
    ...(SESSION_USER_ID && { userId: SESSION_USER_ID }),
  };
}
