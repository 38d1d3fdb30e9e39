import { useState } from "react";
import { goTo } from "../app/use-place.js";
import { useService } from "../app/service-context.js";
import { recordTestSession } from "./test-session.js";

/** What a store without sessions shows: how to record a first one. */
export function Empty() {
  const service = useService();
  const [problem, setProblem] = useState<string>();
  const url = service.transport.base.origin;
  return (
    <section className="empty">
      <h2>Nothing is recorded yet</h2>
      <p>An agent in Node or Python records with one line; anything else with one request:</p>
      <pre>
        <code>{`curl -s -H 'Content-Type: application/json' ${url}/api/sessions \\
  -d '{"sessionId":"first","userId":"me","initial":{"task":"count files"}}'
curl -s -H 'Content-Type: application/json' ${url}/api/actions/first \\
  -d '{"type":"bash_exec","input":"ls | wc -l","output":"17"}'`}</code>
      </pre>
      <button
        type="button"
        onClick={() => {
          recordTestSession(service).then(
            (sessionId) => {
              goTo(["session", sessionId]);
            },
            (error: unknown) => {
              setProblem((error as Error).message);
            },
          );
        }}
      >
        Record a test session
      </button>
      {problem !== undefined && <p className="failure">{problem}</p>}
    </section>
  );
}
