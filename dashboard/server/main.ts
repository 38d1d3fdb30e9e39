import { fileURLToPath } from "node:url";
import { startPageServer } from "./page-server.js";

const service = new URL(process.env.SERVICE_URL ?? "http://127.0.0.1:9000");
const host = process.env.DASHBOARD_HOST ?? "127.0.0.1";
const port = Number(process.env.DASHBOARD_PORT ?? "3000");

try {
  const server = await startPageServer({
    folder: fileURLToPath(new URL("../page", import.meta.url)),
    service,
    host,
    port,
  });
  console.log(`Dashboard at http://${host}:${server.port}, of the service at ${service.origin}`);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => void server.close());
  }
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException;
  const reason = code === "EADDRINUSE" ? `port ${port} is in use; DASHBOARD_PORT takes another` : message;
  console.error(`The dashboard was not started: ${reason}`);
  process.exitCode = 1;
}
