import type { ErrorCode, ProblemIssue } from "session-protocol";
import { RecorderError } from "../domain/errors.js";

/** A refusal by the edge itself, with the headers that tell the caller what would be accepted. */
export class Refusal extends RecorderError {
  constructor(
    code: ErrorCode,
    message: string,
    readonly headers: Readonly<Record<string, string>> = {},
    issues: readonly ProblemIssue[] = [],
  ) {
    super(code, message, issues);
  }
}

export class Forbidden extends Refusal {
  constructor(message: string) {
    super("forbidden", message);
  }
}

export class RouteNotFound extends Refusal {
  constructor(path: string) {
    super("route_not_found", `no route ${path}; /docs lists them all`);
  }
}

export class MethodNotAllowed extends Refusal {
  constructor(method: string, allowed: readonly string[]) {
    super("method_not_allowed", `${method} is not among ${allowed.join(", ")}`, {
      Allow: allowed.join(", "),
    });
  }
}

export class UnsupportedMediaType extends Refusal {
  constructor(sent: string | undefined, accepted: readonly string[]) {
    super(
      "unsupported_media_type",
      `content type ${sent ?? "absent"}; send ${accepted.join(" or ")}, in UTF-8`,
      {
        Accept: accepted.join(", "),
      },
    );
  }
}

export class UnsupportedEncoding extends Refusal {
  constructor(sent: string) {
    super("unsupported_media_type", `content encoding ${sent}; send gzip or none`, {
      "Accept-Encoding": "gzip",
    });
  }
}

/** `what` is the subject of the sentence: "the body", "the event". */
export class TooLarge extends Refusal {
  constructor(what: string, limitBytes: number, path = "") {
    const rule = `is larger than ${String(limitBytes)} bytes`;
    super("payload_too_large", `${what} ${rule}`, {}, [{ path, message: rule }]);
  }
}
