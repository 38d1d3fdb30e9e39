import { fileURLToPath } from "node:url";

/** The checkout that this is part of. */
export const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
