import { setTimeout as sleep } from "node:timers/promises";
import type { SessionEvent } from "session-protocol";
import { WebSocket } from "ws";
import { RETRY_MS, type Address, type Follower } from "./follower.js";

/** Attached once it resolves; as a page of that origin, if there is one. */
export async function followByWebSocket(address: Address, origin?: string): Promise<Follower> {
  const seen: SessionEvent[] = [];
  let breaks = 0;
  let socket: WebSocket | undefined;
  let isClosed = false;

  const connect = async (): Promise<void> => {
    const url = (await address()).replace("http", "ws");
    const opened = new WebSocket(`${url}/ws?after=${seen.at(-1)?.offset ?? 0}`, {
      ...(origin !== undefined && { origin }),
    });
    opened.on("message", (frame: Buffer) => seen.push(...eventsIn(frame)));
    await new Promise<void>((resolve, reject) => opened.once("open", resolve).once("error", reject));
    opened.on("error", () => undefined);
    opened.once("close", () => void comeBack());
    socket = opened;
  };
  const comeBack = async (): Promise<void> => {
    breaks += 1;
    while (!isClosed) {
      await sleep(RETRY_MS);
      const isBack = await connect().then(
        () => true,
        () => false,
      );
      if (isBack) return;
    }
  };

  await connect();
  return {
    kind: "WebSocket",
    seen,
    get breaks() {
      return breaks;
    },
    close() {
      isClosed = true;
      socket?.terminate();
    },
  };
}

/** The first frame only greets. */
function eventsIn(frame: Buffer): SessionEvent[] {
  const event = JSON.parse(frame.toString()) as SessionEvent | { readonly type: "connected" };
  return event.type === "connected" ? [] : [event];
}
