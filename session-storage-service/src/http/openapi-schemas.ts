import * as protocol from "session-protocol";
import { z } from "zod";
import type { Route } from "./route.js";

export type JsonSchema = Record<string, unknown>;

const REF = "#/components/schemas/";

/** The JSON Schemas of what the routes take and answer: those the protocol names by reference, others in place. */
export class SchemaBook {
  readonly #ids = new Map<unknown, string>();
  readonly #converted: Readonly<Record<string, JsonSchema>>;
  readonly #named = new Set<string>();

  constructor(routes: readonly Route[]) {
    const registry = z.registry<{ id: string }>();
    const add = (schema: z.ZodType, id: string): void => {
      if (this.#ids.has(schema)) return;
      registry.add(schema, { id });
      this.#ids.set(schema, id);
    };
    for (const [name, value] of Object.entries(protocol)) {
      if (value instanceof z.ZodType) {
        add(value, name);
        this.#named.add(name);
      }
    }
    for (const [index, schema] of routes.flatMap(schemasOf).entries()) add(schema, `unnamed${String(index)}`);
    this.#converted = convert(registry);
  }

  /** A reference where the protocol names the schema. */
  refer(schema: z.ZodType): JsonSchema {
    const id = this.#idOf(schema);
    return this.#named.has(id) ? { $ref: REF + id } : this.inPlace(schema);
  }

  inPlace(schema: z.ZodType): JsonSchema {
    return this.#converted[this.#idOf(schema)] ?? {};
  }

  /** The named schemas that `document` refers to, directly or not. */
  referredBy(document: unknown): Record<string, JsonSchema> {
    const found = new Map<string, JsonSchema>();
    const visit = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      for (const [key, member] of Object.entries(value)) {
        if (key === "$ref" && typeof member === "string")
          this.#visitReferred(member.slice(REF.length), found, visit);
        else visit(member);
      }
    };
    visit(document);
    return Object.fromEntries([...found].sort(([a], [b]) => a.localeCompare(b)));
  }

  #visitReferred(id: string, found: Map<string, JsonSchema>, visit: (value: unknown) => void): void {
    const schema = this.#converted[id];
    if (schema === undefined || found.has(id)) return;
    found.set(id, schema);
    visit(schema);
  }

  #idOf(schema: z.ZodType): string {
    const id = this.#ids.get(schema);
    if (id === undefined) throw new Error("a route's schema was not collected");
    return id;
  }
}

function schemasOf({ params, query, body, answers }: Route): z.ZodType[] {
  const answered = Object.values(answers).flatMap(({ content }) => Object.values(content ?? {}));
  return [params, query, body?.schema, ...answered].filter((schema) => schema instanceof z.ZodType);
}

/** As what comes in: an answer may have fields beyond those its schema names. */
function convert(registry: z.core.$ZodRegistry<{ id: string }>): Record<string, JsonSchema> {
  const { schemas } = z.toJSONSchema(registry, {
    io: "input",
    uri: (id) => REF + id,
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      // A number in a query is text to zod; its pattern says nothing about the number it stands for.
      if (jsonSchema.type === "integer") delete jsonSchema.pattern;
    },
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $schema: _dialect, $id: _uri, ...schema }]) => [id, schema]),
  );
}
