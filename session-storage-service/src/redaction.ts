import type { JsonObject } from "session-protocol";
import type { Redactor } from "session-protocol/redaction";
import type { Command } from "./domain/decide.js";
import { replaceStrings, stringOf } from "./domain/json-text.js";
import { Sessions, type SessionsParts } from "./domain/sessions.js";
import type { Creation, Receipt, Submission } from "./domain/submission.js";

export interface Redaction {
  readonly redactor: Redactor;
  readonly onRedacted: (kind: string) => void;
}

/** Sessions that store no credentials, whichever way they come. */
export class RedactedSessions extends Sessions {
  constructor(
    parts: SessionsParts,
    private readonly redaction: Redaction,
  ) {
    super(parts);
  }

  override submit(sessionId: string, submission: Submission): Promise<Receipt> {
    return super.submit(sessionId, withoutCredentials(submission, this.redaction));
  }
}

/** Nearly every submission holds none, which one look at its source tells, and is the one that is returned. */
export function withoutCredentials(submission: Submission, redaction: Redaction): Submission {
  const { redactor } = redaction;
  const { commands, create, source } = submission;
  if (source !== undefined && !redactor.mayMatch(source)) return submission;
  const createText = create && JSON.stringify(create.data);
  const mayHold = createText !== undefined && redactor.mayMatch(createText);
  if (!mayHold && !commands.some(({ raw }) => redactor.mayMatch(raw))) return submission;
  return {
    ...submission,
    commands: commands.map((command) => redactedCommand(command, redaction)),
    create: mayHold ? redactedCreation(create as Creation, createText, redaction) : create,
  };
}

function redactedCommand(command: Command, redaction: Redaction): Command {
  if (!redaction.redactor.mayMatch(command.raw)) return command;
  const raw = redactedText(command.raw, command.data, redaction);
  return raw === command.raw ? command : { ...command, raw, data: JSON.parse(raw) as JsonObject };
}

function redactedCreation(create: Creation, text: string, redaction: Redaction): Creation {
  const data = JSON.parse(redactedText(text, create.data, redaction)) as Creation["data"];
  return { ...create, data };
}

/** What a record is found by, if it stands in the record itself: it stays as it was sent, whatever it looks like. */
const IDS = new Set([
  "id",
  "userId",
  "agentId",
  "parentAgentId",
  "runId",
  "nodeId",
  "parentNodeId",
  "goalId",
  "actionId",
  "toolUseId",
  "taskId",
  "sandboxId",
  "parentSession",
  "subsession",
  "projectKey",
  "transcriptSessionId",
  "subpath",
]);

const REDACTED = /^\[redacted:[^\]]*\]$/;

/** `text`, which is `data` as JSON, with its strings alone changed: numbers, blanks and order stay as they were sent. */
function redactedText(text: string, data: JsonObject, { redactor, onRedacted }: Redaction): string {
  return replaceStrings(text, (token, { name, depth }) => {
    const sent = stringOf(token);
    if (depth === 1 && name !== undefined && IDS.has(name) && data[name] === sent) return token;
    const kind = name === undefined || sent === "" ? undefined : redactor.fieldKind(name);
    if (kind === undefined) {
      const clean = redactor.text(sent, onRedacted);
      return clean === sent ? token : JSON.stringify(clean);
    }
    if (REDACTED.test(sent)) return token;
    onRedacted(kind);
    return JSON.stringify(`[redacted:${kind}]`);
  });
}
