import { z } from "zod";

const KIB = 1_024;
const MIB = 1_024 * KIB;

const wholeNumber = (least: number, most = Number.MAX_SAFE_INTEGER) =>
  z.string().regex(/^\d+$/, "must be a whole number").transform(Number).pipe(z.number().min(least).max(most));

const list = z.string().transform((text) =>
  text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== ""),
);

/** Every setting with its default. The unit ends the name; docs/operations.md has the same table. */
const Environment = z.object({
  PORT: wholeNumber(0, 65_535).default(9_000),
  HOST: z.string().min(1).default("127.0.0.1"),
  DATA_DIR: z.string().min(1).default("./data"),
  LOG_LEVEL: z.enum(["trace", "debug", "info", "warn", "error", "fatal", "silent"]).default("info"),
  SEGMENT_BYTES: wholeNumber(4 * KIB, 1_024 * MIB).default(64 * MIB),
  MAX_QUEUED_BYTES: wholeNumber(MIB).default(128 * MIB),
  BODY_LIMIT_BYTES: wholeNumber(KIB, 256 * MIB).default(10 * MIB),
  EVENT_LIMIT_BYTES: wholeNumber(KIB, 256 * MIB).default(MIB),
  BATCH_LIMIT_EVENTS: wholeNumber(1, 1_000).default(1_000),
  NESTING_LIMIT: wholeNumber(8, 1_000).default(64),
  KEYS_LIMIT: wholeNumber(16, 1_000_000).default(10_000),
  STATE_LIMIT_CHARS: wholeNumber(KIB, 256 * MIB).default(4 * MIB),
  MAX_CONNECTIONS: wholeNumber(1, 1_000_000).default(10_000),
  MAX_HOT_SESSIONS: wholeNumber(1, 1_000_000).default(4_096),
  MAX_ID_TABLE_BYTES: wholeNumber(MIB).default(128 * MIB),
  FEED_WINDOW_BYTES: wholeNumber(0).default(8 * MIB),
  SUBSCRIBER_BUFFER_BYTES: wholeNumber(KIB).default(256 * KIB),
  WS_PING_SECONDS: wholeNumber(1, 3_600).default(30),
  SSE_HEARTBEAT_SECONDS: wholeNumber(1, 3_600).default(15),
  SILENCE_SECONDS: wholeNumber(0, 86_400).default(90),
  SHUTDOWN_SECONDS: wholeNumber(1, 600).default(8),
  PRICES_FILE: z.string().default(""),
  RUN_TTL_DAYS: wholeNumber(0, 36_500).default(30),
  SESSION_TTL_DAYS: wholeNumber(0, 36_500).default(0),
  RETENTION_HOUR_UTC: wholeNumber(0, 23).default(3),
  ARCHIVE: z.enum(["on", "off"]).default("off"),
  REDACT_ON_ARRIVAL: z.enum(["on", "off"]).default("on"),
  CORS_ORIGINS: list.default(["http://localhost:3000", "http://127.0.0.1:3000"]),
  ALLOWED_HOSTS: list.default([]),
});

export type Config = Readonly<z.infer<typeof Environment>>;

export class BadConfig extends Error {
  constructor(problems: readonly string[]) {
    super(`bad configuration: ${problems.join("; ")}`);
    this.name = "BadConfig";
  }
}

/** @throws BadConfig naming every variable that does not fit; an empty variable counts as absent */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const set = Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value !== undefined && value !== ""),
  );
  const parsed = Environment.safeParse(set);
  if (parsed.success) return parsed.data;
  throw new BadConfig(parsed.error.issues.map(({ path, message }) => `${path.join(".")} ${message}`));
}
