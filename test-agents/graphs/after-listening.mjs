import { once } from "node:events";
import { createServer } from "node:http";
import { given, governor } from "./graphs.mjs";

const server = createServer(async (_, response) => {
  response.end(JSON.stringify((await governor().invoke(given())).notes));
});
await once(server.listen(0, "127.0.0.1"), "listening");
const load = async () => void (await import("container-hook-agent/langgraph"));
await load();
console.log(await (await fetch(`http://127.0.0.1:${server.address().port}`)).text());
server.close();
