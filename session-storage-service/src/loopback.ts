import { isIPv4 } from "node:net";

/** Whether who listens on `host` is reached from this machine only, as on all of 127.0.0.0/8. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}
