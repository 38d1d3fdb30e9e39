import { fileURLToPath } from "node:url";
import { z } from "zod";

const Environment = z.object({
  WORKSPACE: z.string().min(1).default("/workspace"),
  MAILBOX_USER: z.string().min(1).default("office@fly-achensee.example"),
  MAILBOX_PASSWORD: z.string().min(1),
  OPENAI_BASE_URL: z.url(),
  OPENAI_API_KEY: z.string().min(1).default("none"),
  MODEL: z.string().min(1).default("claude-haiku-4-5"),
});

export type Settings = z.infer<typeof Environment>;

/** What the mailbox is made from where there is none yet. */
export const SHIPPED = fileURLToPath(new URL("../mailbox", import.meta.url));

export const readSettings = (env: NodeJS.ProcessEnv): Settings => Environment.parse(env);
