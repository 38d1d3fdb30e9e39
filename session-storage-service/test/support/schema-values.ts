import fc from "fast-check";
import type { JsonSchema } from "../../src/http/openapi-schemas.js";

const MAX_TEXT = 20;
const MAX_ITEMS = 3;
/** What the patterns of the document allow: ids, and digits. */
const ID_CHARACTERS = fc.constantFrom("a", "b", "X", "Y", "0", "1", "9", ".", "_", "-");

type Schemas = Readonly<Record<string, JsonSchema>>;

/** Values that fit a schema of the document; `schemas` are those it may refer to. */
export function valuesOf(schema: JsonSchema, schemas: Schemas): fc.Arbitrary<unknown> {
  const { $ref, anyOf, oneOf, type, enum: options, const: only } = schema;
  if (typeof $ref === "string")
    return valuesOf(schemas[$ref.slice($ref.lastIndexOf("/") + 1)] ?? {}, schemas);
  const choices = anyOf ?? oneOf;
  if (Array.isArray(choices))
    return fc.oneof(...choices.map((choice) => valuesOf(choice as JsonSchema, schemas)));
  if (only !== undefined) return fc.constant(only);
  if (Array.isArray(options)) return fc.constantFrom(...(options as unknown[]));
  if (Array.isArray(type))
    return fc.oneof(...type.map((each: unknown) => valuesOf({ ...schema, type: each }, schemas)));
  switch (type) {
    case "string":
      return texts(schema);
    case "integer":
      return integers(schema);
    case "number":
      return fc.double({ min: Number(schema.minimum ?? 0), max: Number(schema.maximum ?? 1e6), noNaN: true });
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    case "array":
      return lists(schema, schemas);
    case "object":
      return objects(schema, schemas);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function texts({ format, pattern, minLength = 0, maxLength = MAX_TEXT }: JsonSchema): fc.Arbitrary<string> {
  const lengths = { minLength: Number(minLength), maxLength: Math.min(Number(maxLength), MAX_TEXT) };
  if (format === "date-time" || format === "date") {
    const range = { min: new Date("1970-01-01"), max: new Date("2100-01-01"), noInvalidDate: true };
    return fc.date(range).map((date) => date.toISOString().slice(0, format === "date" ? 10 : undefined));
  }
  if (typeof pattern !== "string") return fc.string({ unit: "grapheme", ...lengths });
  const expression = new RegExp(pattern);
  return fc
    .string({ unit: ID_CHARACTERS, minLength: 1, maxLength: MAX_TEXT })
    .filter((text) => expression.test(text));
}

function integers({ minimum, maximum }: JsonSchema): fc.Arbitrary<number> {
  const least = Math.max(Number(minimum ?? 0), -1_000);
  return fc.oneof(
    fc.integer({ min: least, max: Math.min(Number(maximum ?? 1_000), 1_000) }),
    fc.constantFrom(least, Number(maximum ?? least)),
  );
}

function lists({ items, minItems = 0 }: JsonSchema, schemas: Schemas): fc.Arbitrary<unknown[]> {
  const least = Number(minItems);
  return fc.array(valuesOf((items ?? {}) as JsonSchema, schemas), {
    minLength: least,
    maxLength: least + MAX_ITEMS,
  });
}

function objects(schema: JsonSchema, schemas: Schemas): fc.Arbitrary<object> {
  const {
    properties = {},
    required = [],
    additionalProperties,
  } = schema as {
    properties?: Record<string, JsonSchema>;
    required?: string[];
    additionalProperties?: JsonSchema | boolean;
  };
  const members = Object.entries(properties).map(
    ([name, member]) => [name, valuesOf(member, schemas)] as const,
  );
  const named = fc.record(Object.fromEntries(members), { requiredKeys: required });
  if (typeof additionalProperties !== "object") return named;
  const others = fc.dictionary(fc.string({ maxLength: 8 }), valuesOf(additionalProperties, schemas), {
    maxKeys: 3,
  });
  return fc.tuple(others, named).map(([more, known]) => ({ ...more, ...known }));
}
