import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import { pinoHttp, type HttpLogger } from "pino-http";

/** One line a request: at `debug`, where the service is at fault at `warn` or `error`. */
export function requestLog(logger: Logger, makeId: () => string): HttpLogger {
  return pinoHttp({
    logger,
    quietReqLogger: true,
    genReqId: (_request: IncomingMessage, response: ServerResponse) => {
      const id = makeId();
      response.setHeader("X-Request-Id", id);
      return id;
    },
    customLogLevel: (_request: IncomingMessage, { statusCode }: ServerResponse) => {
      if (statusCode === 500) return "error";
      return statusCode > 500 ? "warn" : "debug";
    },
    serializers: {
      req: ({ id, method, url }: { id: string; method: string; url: string }) => ({ id, method, url }),
      res: ({ statusCode }: { statusCode: number }) => ({ statusCode }),
    },
  });
}
